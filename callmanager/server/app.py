"""The composition root: reads the settings and puts the server together, part by part, from the disk to the network."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from pathlib import Path

from flask import Flask

from callmanager.domain.calling_hours import parse_hours_text
from callmanager.domain.clock import Clock, SystemClock
from callmanager.domain.office import CallLimits, Office, zone_named
from callmanager.domain.people import CONFIG_USER, LOCAL_USER, Role, fold_username
from callmanager.domain.withdrawals import Withdrawal
from callmanager.server.actions.clock_leaps import UnderWay
from callmanager.server.actions.first_user import ensure_first_user, ensure_service_users
from callmanager.server.actions.prohibiting import bar_whom_marks_bar, note_cells
from callmanager.server.actions.withdrawing import withdraw_again
from callmanager.server.actions.zones import check_zones
from callmanager.server.agents.attendance import Attendance
from callmanager.server.agents.ledger import StateLedger, announce
from callmanager.server.agents.marks import resume
from callmanager.server.announcements import Announcements, LiveCounts
from callmanager.server.api.docs import ASYNCAPI
from callmanager.server.api.routes import ALL_ROUTES
from callmanager.server.backups.leftovers import private_paths, remove_old_leftovers
from callmanager.server.backups.marks import Mark, adopt_if_copied
from callmanager.server.backups.retention import Keep
from callmanager.server.backups.routine import BackupRoutine
from callmanager.server.backups.take import take_backup
from callmanager.server.backups.withdrawn import find_withdrawn, newest_witness
from callmanager.server.changes.write import ChangeLog
from callmanager.server.clocks import SteadyClock, WatchedClock, steady_seconds
from callmanager.server.edges import problems, requests
from callmanager.server.guests.book import GuestBook
from callmanager.server.guests.shares import Shares
from callmanager.server.imports.running import RunningImports
from callmanager.server.imports.runs import close_abandoned_imports
from callmanager.server.leases.guard import WriteGuard
from callmanager.server.leases.ledger import Leases
from callmanager.server.leases.terms import LeaseTerms
from callmanager.server.logs import get_log
from callmanager.server.pace import Pace
from callmanager.server.process.addresses import own_names
from callmanager.server.process.listening import open_files_granted
from callmanager.server.queries.identities import Identities
from callmanager.server.registers.loading import finish_abandoned
from callmanager.server.registers.turn import RegisterTurn
from callmanager.server.security.failed_sign_ins import FailedSignIns
from callmanager.server.security.forwarders import UnlistedForwarders
from callmanager.server.security.passwords import Passwords
from callmanager.server.security.private_files import make_private
from callmanager.server.security.request_limits import RequestAllowance, RequestLimits
from callmanager.server.security.secret_file import read_or_create_secret
from callmanager.server.security.throttle import Throttle
from callmanager.server.security.tokens import Tokens
from callmanager.server.services import BackupPlan, Rules, Services
from callmanager.server.storage.engine import Storage, open_storage
from callmanager.server.storage.probe import WriteProbe
from callmanager.server.storage.schema import ensure_schema, needs_migration
from callmanager.server.storage.shares import check_local
from callmanager.server.storage.throttles import StoredThrottles
from callmanager.settings import Settings

_log = get_log("start")
_MEGABYTE = 1024 * 1024
LIVE_THREADS = 4  # those of realtime/live.py: each may read while every request does


def build_services(
    settings: Settings, *, clock: Clock | None = None, storage: Storage | None = None, terms: LeaseTerms | None = None
) -> Services:
    """Open the database and everything that works on it. The caller holds the database's lock.

    `storage` is a database that is open already; without it the file that DATABASE names is opened.
    `terms` are those of leases, other than a server's only in tests.
    """
    check_zones()
    clock = clock or WatchedClock(SystemClock())
    storage = storage or open_database(settings, clock)
    ensure_schema(storage, now=clock.now())
    announcements = Announcements()
    stopwatch = clock.stopwatch if isinstance(clock, WatchedClock) else steady_seconds
    leases, states = Leases(clock, terms, monotonic=stopwatch), _states(announcements)
    attendance = Attendance(SteadyClock(clock, stopwatch))
    under_way, pace = UnderWay(leases, states, attendance), Pace()
    log = ChangeLog(storage, clock, guard=WriteGuard(leases), pace=pace, on_leap=under_way.follow_clock)
    passwords = Passwords(cost=settings.BCRYPT_COST)
    tokens, configured = _tokens(settings, clock), _configured_keys(settings)
    identities = Identities(storage, tokens, clock, configured=configured, token_hours=settings.TOKEN_HOURS)
    log.on_commit(identities.forget)
    ensure_first_user(log, passwords)
    ensure_service_users(log, _service_users(settings))
    withdrawn = _catch_up(log, settings)
    throttles, plan = StoredThrottles(storage), _backup_plan(settings)
    write_probe = WriteProbe(storage)
    write_probe.run()
    under_way.begin(log)
    with storage.read() as connection:
        resume(connection, attendance)
    return Services(
        storage=storage,
        log=log,
        leases=leases,
        states=states,
        attendance=attendance,
        clock=clock,
        pace=pace,
        identities=identities,
        passwords=passwords,
        tokens=tokens,
        throttle=Throttle(throttles, clock, per_address=settings.LOGIN_PER_MINUTE),
        failed_sign_ins=FailedSignIns(clock),
        throttle_store=throttles,
        limits=_limits(settings, clock),
        forwarders=UnlistedForwarders(settings.TRUSTED_PROXIES),
        rules=_rules(settings),
        database=settings.DATABASE,
        backups=plan,
        backup_routine=_backup_routine(settings, plan, clock, storage, pace),
        write_probe=write_probe,
        imports=RunningImports(announcements.to_user),
        register_turn=RegisterTurn(),
        announcements=announcements,
        live_counts=LiveCounts(),
        guests=GuestBook(_shares(settings), open_files=open_files_granted()),
        shown_settings=settings.shown,
        withdrawn=tuple(withdrawn),
    )


def _tokens(settings: Settings, clock: Clock) -> Tokens:
    secret = read_or_create_secret(settings.SECRET_FILE)
    if secret.exposed:
        make_private([settings.SECRET_FILE])
        _log.warning("secret_readable_by_others", file=str(settings.SECRET_FILE))
    return Tokens(secret.value, issuer="callmanager", audience="callmanager", clock=clock)


def _catch_up(log: ChangeLog, settings: Settings) -> Sequence[Withdrawal]:
    """What a restore, an older program or a crash has left to be done; what was withdrawn again."""
    withdrawn = withdraw_again(log, region=settings.DEFAULT_REGION)
    note_cells(log, region=settings.DEFAULT_REGION)
    bar_whom_marks_bar(log)
    close_abandoned_imports(log)
    finish_abandoned(log)
    return withdrawn


def _states(announcements: Announcements) -> StateLedger:
    states = StateLedger()
    states.listen(partial(announce, announcements))
    return states


def build_app(services: Services) -> Flask:
    """The HTTP application over the services."""
    app = Flask("callmanager.server", static_folder=None)
    app.extensions["callmanager"] = services
    app.config["MAX_CONTENT_LENGTH"] = None  # bounded per route, and for all of them by the adapter
    app.json.sort_keys = False  # type: ignore[attr-defined]  # Flask's default provider has it
    app.extensions[ASYNCAPI] = _describe_live
    problems.install(app)
    requests.install(app, services)
    for routes in ALL_ROUTES:
        app.register_blueprint(routes)
    return app


def _describe_live() -> dict[str, object]:
    # Only who asks for the document waits for python-socketio's neighbours to be imported.
    from callmanager.server.realtime.asyncapi import build_asyncapi  # noqa: PLC0415

    return build_asyncapi()


def open_database(settings: Settings, clock: Clock) -> Storage:
    """The database file, on this PC, its owner's alone, with a backup taken of one that an older program wrote."""
    check_local(settings.DATABASE)
    _make_files_private(settings)
    adopt_copied_backup(settings, clock)
    gone = remove_old_leftovers(settings.DATABASE)
    if gone:
        _log.info("old_leftovers_removed", files=", ".join(path.name for path in gone))
    storage = open_storage(
        str(settings.DATABASE), home=settings.DATABASE.parent, readers=settings.WORKER_THREADS + LIVE_THREADS
    )
    older = needs_migration(storage)
    if older is not None:
        backup = take_backup(settings.DATABASE, settings.BACKUP_FOLDER, clock=clock)
        _log.warning("database_migrates", schema=older, backup=backup.path.name)
    return storage


def _make_files_private(settings: Settings) -> None:
    mended = make_private(private_paths(settings.DATABASE, settings.LOG_FILE, settings.BACKUP_FOLDER))
    if mended:
        _log.warning("files_made_private", files=", ".join(path.name for path in mended[:10]), count=len(mended))


def adopt_copied_backup(settings: Settings, clock: Clock) -> None:
    """Somebody may have copied a backup over the database, as the documents say: make it the database."""
    folders = settings.backup_folders

    def find_lost_withdrawals(mark: Mark | None, fresh: Path) -> Sequence[Withdrawal]:
        witness = newest_witness(folders, mark.backup_id if mark else None)
        return find_withdrawn(witness, fresh) if witness is not None else ()

    adoption = adopt_if_copied(settings.DATABASE, clock=clock, folders=folders, find_withdrawn=find_lost_withdrawals)
    if adoption is not None:
        _log.warning(
            "backup_adopted",
            backup=adoption.mark.backup_id if adoption.mark else "",
            new_epoch=adoption.new_epoch,
            set_aside=", ".join(path.name for path in adoption.set_aside),
        )


def _configured_keys(settings: Settings) -> dict[str, str]:
    """Keys of the settings and whom each acts as."""
    return {key: fold_username(username) or CONFIG_USER for key, username in settings.AUTH_TOKENS.items()}


def _service_users(settings: Settings) -> list[tuple[str, Role]]:
    wanted = [(LOCAL_USER, Role.ADMIN)]  # the command line on this PC, and everybody here without ENABLE_AUTH
    if CONFIG_USER in _configured_keys(settings).values():
        wanted.append((CONFIG_USER, Role.MANAGER))
    return wanted


def _limits(settings: Settings, clock: Clock) -> RequestLimits:
    generous = RequestAllowance(settings.REQUESTS_PER_MINUTE, 60) if settings.REQUESTS_PER_MINUTE else None
    return RequestLimits(
        {"import": RequestAllowance(settings.IMPORT_PER_MINUTE, 60), "read": generous, "write": generous}, clock
    )


def _shares(settings: Settings) -> Shares:
    return Shares(
        connections=settings.MAX_CONNECTIONS,
        strangers=settings.MAX_STRANGERS,
        strangers_per_address=settings.MAX_STRANGERS_PER_ADDRESS,
        stranger_seconds=settings.STRANGER_SECONDS,
        slowest=settings.SLOWEST_BYTES_PER_SECOND,
        body_bytes=settings.MAX_BODIES_MEGABYTES * _MEGABYTE,
        streams=settings.MAX_STREAMS,
        streams_per_user=settings.MAX_STREAMS_PER_USER,
        proxies=settings.TRUSTED_PROXIES,
        folder=settings.DATABASE.parent,
    )


def _rules(settings: Settings) -> Rules:
    return Rules(
        region=settings.DEFAULT_REGION,
        office=office_of(settings),
        language=settings.LANGUAGE,
        token_hours=settings.TOKEN_HOURS,
        auth_required=settings.ENABLE_AUTH,
        trusted_proxies=settings.TRUSTED_PROXIES,
        allowed_hosts=(*own_names(), *settings.ALLOWED_HOSTS),
        allowed_origins=settings.ALLOWED_ORIGINS,
        max_body_bytes=settings.MAX_BODY_MEGABYTES * _MEGABYTE,
        max_import_bytes=settings.MAX_IMPORT_MEGABYTES * _MEGABYTE,
        max_import_rows=settings.MAX_IMPORT_ROWS,
    )


def office_of(settings: Settings) -> Office:
    """The office that the settings describe."""
    return Office(
        settings.OFFICE_NAME,
        zone_named(settings.OFFICE_ZONE),
        parse_hours_text(settings.OFFICE_HOURS, settings.OFFICE_HOLIDAYS),
        CallLimits(
            total=settings.CALLS_IN_ALL,
            per_day=settings.CALLS_PER_DAY,
            per_24h=settings.CALLS_PER_ROLLING_DAY,
            line_day=settings.CALLS_PER_LINE_AND_DAY,
            gap=timedelta(minutes=settings.CALL_GAP_MINUTES),
            rest_days=settings.REST_DAYS_AFTER_NO,
            callbacks_pass=settings.CALLBACKS_PASS_LIMITS,
        ),
    )


def _backup_plan(settings: Settings) -> BackupPlan:
    return BackupPlan(
        folder=settings.BACKUP_FOLDER,
        second_folder=settings.BACKUP_SECOND_FOLDER,
        keep=Keep(settings.BACKUP_KEEP_HOURS, settings.BACKUP_KEEP_DAYS, settings.BACKUP_KEEP_WEEKS),
        interval_minutes=settings.BACKUP_INTERVAL_MINUTES,
    )


def _backup_routine(settings: Settings, plan: BackupPlan, clock: Clock, storage: Storage, pace: Pace) -> BackupRoutine:
    return BackupRoutine(
        database=settings.DATABASE,
        folder=plan.folder,
        second_folder=plan.second_folder,
        keep=plan.keep,
        interval_minutes=plan.interval_minutes,
        clock=clock,
        pace=pace,
        check_own=storage.check,
    )
