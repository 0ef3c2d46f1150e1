"""What the edges (API, jobs, command line) are handed by the composition root: the open parts of one server."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from callmanager.domain.clock import Clock
from callmanager.domain.office import Office
from callmanager.domain.withdrawals import Withdrawal
from callmanager.server.agents.attendance import Attendance
from callmanager.server.agents.ledger import StateLedger
from callmanager.server.announcements import Announcements, LiveCounts
from callmanager.server.backups.retention import Keep
from callmanager.server.backups.routine import BackupRoutine
from callmanager.server.changes.write import ChangeLog
from callmanager.server.guests.book import GuestBook
from callmanager.server.imports.running import RunningImports
from callmanager.server.leases.ledger import Leases
from callmanager.server.pace import Pace
from callmanager.server.queries.identities import Identities
from callmanager.server.registers.turn import RegisterTurn
from callmanager.server.security.failed_sign_ins import FailedSignIns
from callmanager.server.security.forwarders import UnlistedForwarders
from callmanager.server.security.passwords import Passwords
from callmanager.server.security.request_limits import RequestLimits
from callmanager.server.security.throttle import Throttle
from callmanager.server.security.throttle_store import ThrottleStore
from callmanager.server.security.tokens import Tokens
from callmanager.server.storage.engine import Storage
from callmanager.server.storage.probe import WriteProbe


@dataclass(frozen=True, slots=True)
class BackupPlan:
    """Where backups go and how long they stay."""

    folder: Path
    second_folder: Path | None
    keep: Keep
    interval_minutes: int


@dataclass(frozen=True, slots=True)
class Rules:
    """Values of settings that actions and routes need."""

    region: str
    office: Office
    language: str
    token_hours: int
    auth_required: bool
    trusted_proxies: tuple[str, ...]
    allowed_hosts: tuple[str, ...]
    allowed_origins: tuple[str, ...]
    max_body_bytes: int
    max_import_bytes: int
    max_import_rows: int


@dataclass(frozen=True, slots=True)
class Services:
    """One server's parts."""

    storage: Storage
    log: ChangeLog
    leases: Leases
    states: StateLedger
    attendance: Attendance
    clock: Clock
    pace: Pace
    identities: Identities
    passwords: Passwords
    tokens: Tokens
    throttle: Throttle
    failed_sign_ins: FailedSignIns
    throttle_store: ThrottleStore
    limits: RequestLimits
    forwarders: UnlistedForwarders
    rules: Rules
    database: Path
    backups: BackupPlan
    backup_routine: BackupRoutine
    write_probe: WriteProbe
    imports: RunningImports
    register_turn: RegisterTurn
    announcements: Announcements
    live_counts: LiveCounts
    guests: GuestBook
    shown_settings: Callable[[], dict[str, object]]
    withdrawn: tuple[Withdrawal, ...] = ()
    """What this start has withdrawn again, because a backup had brought it back."""
