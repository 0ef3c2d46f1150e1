"""Which modules are mutated, which tests must notice, and which mutants are no defects."""

from __future__ import annotations

LEASES = (
    "tests/contracts/test_leases.py",
    "tests/contracts/test_leases_lapse.py",
    "tests/server/test_leases_http.py",
    "tests/server/test_leases_fencing.py",
)
DOOR = (
    "tests/server/test_changes_undo.py",
    "tests/server/test_contacts_histories.py",
    "tests/server/test_contacts_editing.py",
    "tests/server/test_changes_announced.py",
    "tests/server/test_changes_tamper.py",
    "tests/server/test_sync_feed.py",
    "tests/invariants/test_log_machine.py",
)
RIGHTS = (
    "tests/server/test_sync_feed.py",
    "tests/server/test_people_doors.py",
    "tests/server/test_people_groups.py",
    "tests/server/test_people_users.py",
    "tests/server/test_contacts_finding.py",
    "tests/server/test_permission_matrix.py",
)

_SERVER = "callmanager/server"
TARGETS: dict[str, tuple[str, ...]] = {
    **{
        f"{_SERVER}/leases/{name}.py": LEASES for name in ("guard", "lapses", "ledger", "statements", "terms", "events")
    },
    "callmanager/domain/permissions.py": RIGHTS,
    f"{_SERVER}/api/edge/routing.py": RIGHTS,
    f"{_SERVER}/edges/callers.py": RIGHTS,
    f"{_SERVER}/changes/write.py": DOOR,
    f"{_SERVER}/changes/feed.py": ("tests/server/test_sync_feed.py", "tests/invariants/test_log_machine.py"),
    f"{_SERVER}/changes/undo.py": ("tests/server/test_changes_undo.py",),
    f"{_SERVER}/changes/history.py": ("tests/server/test_contacts_histories.py", "tests/server/test_sync_feed.py"),
    f"{_SERVER}/changes/broadcast.py": (
        "tests/invariants/test_log_machine.py",
        "tests/server/test_realtime_broadcast.py",
        "tests/server/test_realtime_leaks.py",
    ),
    "callmanager/desktop/sync.py": ("tests/desktop/test_sync.py",),
    "callmanager/desktop/leases.py": ("tests/desktop/test_leases_held.py",),
    "callmanager/desktop/outbox.py": ("tests/desktop/test_outbox.py",),
}

EQUIVALENT: dict[tuple[str, str, str], str] = {}
"""Module, function and defect of mutants that change nothing which anybody could notice, and why."""
