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
    "tests/contracts/test_leases.py",
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
    **{f"{_SERVER}/leases/{name}.py": LEASES for name in ("guard", "ledger", "statements", "terms", "events")},
    "callmanager/domain/permissions.py": RIGHTS,
    f"{_SERVER}/edges/routing.py": RIGHTS,
    f"{_SERVER}/edges/callers.py": RIGHTS,
    f"{_SERVER}/changes/write.py": DOOR,
    f"{_SERVER}/changes/feed.py": ("tests/server/test_sync_feed.py", "tests/invariants/test_log_machine.py"),
    f"{_SERVER}/changes/undo.py": ("tests/server/test_changes_undo.py", "tests/server/test_contacts_histories.py"),
    f"{_SERVER}/changes/history.py": (
        "tests/server/test_contacts_histories.py",
        "tests/server/test_sync_feed.py",
        "tests/server/test_contacts_editing.py",
    ),
    f"{_SERVER}/changes/broadcast.py": (
        "tests/invariants/test_log_machine.py",
        "tests/server/test_realtime_broadcast.py",
        "tests/server/test_realtime_events.py",
        "tests/server/test_realtime_leaks.py",
    ),
    "callmanager/desktop/sync/following.py": ("tests/desktop/test_sync.py", "tests/desktop/test_sync_outages.py"),
    "callmanager/desktop/leases.py": ("tests/desktop/test_leases_held.py",),
    "callmanager/desktop/outbox.py": ("tests/desktop/test_outbox.py",),
}

_ONCE_IS_ENOUGH = "a number that only has to be another"
_NOWHERE = "to a client that has nothing no server says that it is current"
_SHORTCUT = "what it lets through is asked again, with the contact"
_STAYS = "who looks at a contact stays where he is when its scope does"
_UNUSED = "the callers know already, and use no answer"

EQUIVALENT: dict[tuple[str, str, str], str] = {
    ("callmanager/desktop/sync/following.py", "Sync._drop", "one more than 1"): _ONCE_IS_ENOUGH,
    ("callmanager/desktop/sync/following.py", "Sync._connect", "one more than 1"): _ONCE_IS_ENOUGH,
    ("callmanager/desktop/sync/following.py", "Sync._ask_standing", "drop here is not None"): _NOWHERE,
    (f"{_SERVER}/leases/statements.py", "find_unsettled", "drop c.contact_id == _CONTACT"): _SHORTCUT,
    (f"{_SERVER}/changes/broadcast.py", "_find_moved", "drop row['scope_before'] is not None"): _STAYS,
    (f"{_SERVER}/leases/ledger.py", "Leases.release", "None for ended"): _UNUSED,
}
"""Module, function and defect of mutants that change nothing which anybody could notice, and why."""
