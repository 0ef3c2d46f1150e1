"""Which modules are mutated, area by area, which tests must notice, and which mutants are no defects.

The tests that most likely notice stand first: a run ends with the first that fails.
"""

from __future__ import annotations

LEASES = (
    "tests/contracts/test_leases_lapse.py",
    "tests/contracts/test_leases.py",
    "tests/contracts/test_leases_asked.py",
    "tests/server/test_leases_http.py",
    "tests/server/test_leases_fencing.py",
    "tests/server/test_leases_sockets.py",
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
HEADINGS = (
    "tests/server/test_lists_headers.py",
    "tests/trial/test_a6_columns_of_phones.py",
    "tests/trial/test_a8_header_rows.py",
    "tests/trial/test_a3_the_country_beside_the_number.py",
)
CSV = (
    "tests/server/test_lists_csv.py",
    "tests/trial/test_a2_open_quotes.py",
    "tests/trial/test_a10_old_encodings.py",
    "tests/trial/test_a12_right_reasons.py",
)
JSON = ("tests/server/test_lists_json.py", "tests/trial/test_a12_right_reasons.py")
ROWS = (
    "tests/server/test_lists_mapping.py",
    "tests/trial/test_a3_the_country_beside_the_number.py",
    "tests/trial/test_a7_nothing_dropped_unsaid.py",
    "tests/trial/test_a5_several_phones_in_a_cell.py",
    "tests/trial/test_a6_columns_of_phones.py",
    "tests/trial/test_a11_statuses_of_another_system.py",
)
PLANS = (
    "tests/trial/test_a7_nothing_dropped_unsaid.py",
    "tests/server/test_import_rules.py",
    "tests/trial/test_a5_parts_and_prohibitions.py",
    "tests/trial/test_a1_lines_and_people.py",
)
DIALLING = (
    "tests/contracts/test_call_numbers.py",
    "tests/contracts/test_call_hours.py",
    "tests/trial/test_f2_again_within_the_gap.py",
    "tests/trial/test_f3_limits_by_hand.py",
    "tests/trial/test_a5_parts_and_prohibitions.py",
    "tests/trial/test_a1_lines_and_people.py",
)
OUTCOMES = (
    "tests/server/test_call_outcomes.py",
    "tests/server/test_calls.py",
    "tests/contracts/test_call_numbers.py",
    "tests/trial/test_f1_no_contact_protects.py",
    "tests/trial/test_a1_lines_and_people.py",
)

_SERVER = "callmanager/server"
_LISTS, _IMPORTS, _ACTIONS = f"{_SERVER}/lists", f"{_SERVER}/imports", f"{_SERVER}/actions"
_DOMAIN, _DESKTOP = "callmanager/domain", "callmanager/desktop"

AREAS: dict[str, dict[str, tuple[str, ...]]] = {
    "leases": {
        **{f"{_SERVER}/leases/{name}.py": LEASES for name in ("guard", "statements", "terms", "events")},
        f"{_SERVER}/leases/ledger.py": (*LEASES, "tests/trial/test_b1_clock_ahead.py"),
        f"{_DESKTOP}/leases.py": ("tests/desktop/test_leases_held.py",),
    },
    "permissions": {
        f"{_DOMAIN}/permissions.py": RIGHTS,
        f"{_SERVER}/edges/routing.py": (
            "tests/trial/test_c1_sign_ins_wait_apart.py",
            *RIGHTS,
            "tests/server/test_operations_api.py",
            "tests/server/test_edge_malformed.py",
            "tests/server/test_openapi_document.py",
        ),
        f"{_SERVER}/edges/callers.py": (
            *RIGHTS,
            "tests/trial/test_c8_short_keys.py",
            "tests/server/test_security_local_pass.py",
            "tests/server/test_security_hosts.py",
        ),
    },
    "changes": {
        f"{_SERVER}/changes/write.py": (*DOOR, "tests/server/test_call_outcomes.py"),
        f"{_SERVER}/changes/undo.py": ("tests/server/test_changes_undo.py", "tests/server/test_contacts_histories.py"),
        f"{_SERVER}/changes/history.py": (
            "tests/server/test_contacts_histories.py",
            "tests/server/test_sync_feed.py",
            "tests/server/test_contacts_editing.py",
        ),
    },
    "sync": {
        f"{_SERVER}/changes/feed.py": (
            "tests/server/test_sync_feed.py",
            "tests/server/test_sync_rows.py",
            "tests/invariants/test_log_machine.py",
        ),
        f"{_SERVER}/changes/broadcast.py": (
            "tests/invariants/test_log_machine.py",
            "tests/server/test_realtime_broadcast.py",
            "tests/server/test_realtime_events.py",
            "tests/server/test_realtime_leaks.py",
        ),
        f"{_DESKTOP}/sync/following.py": ("tests/desktop/test_sync.py", "tests/desktop/test_sync_outages.py"),
        f"{_DESKTOP}/outbox.py": ("tests/desktop/test_outbox.py", "tests/desktop/test_moments.py"),
    },
    "lists": {
        f"{_LISTS}/heading_words.py": HEADINGS,
        f"{_LISTS}/headers.py": (*HEADINGS, "tests/server/test_contact_zone.py"),
        f"{_LISTS}/header_rows.py": (*HEADINGS, "tests/trial/test_a9_sheets_and_hidden_rows.py"),
        **{f"{_LISTS}/{name}.py": CSV for name in ("csv_text", "csv_lines", "csv_quotes", "csv_rows")},
        **{f"{_LISTS}/{name}.py": CSV for name in ("old_encodings", "foreign_files")},
        **{f"{_LISTS}/{name}.py": JSON for name in ("json_rows", "json_pieces")},
        **{f"{_LISTS}/{name}.py": ROWS for name in ("mapping", "beside_phones")},
        f"{_LISTS}/broken_cells.py": (*ROWS, "tests/trial/test_a12_right_reasons.py"),
        f"{_LISTS}/tables.py": (
            "tests/server/test_lists_csv.py",
            "tests/server/test_lists_xlsx.py",
            "tests/trial/test_a8_header_rows.py",
            "tests/trial/test_a9_sheets_and_hidden_rows.py",
        ),
        f"{_IMPORTS}/cell_phones.py": ROWS,
        f"{_IMPORTS}/checking.py": (*ROWS, "tests/server/test_contact_zone.py"),
        f"{_IMPORTS}/planning.py": PLANS,
    },
    "calls": {
        f"{_ACTIONS}/calls.py": ("tests/server/test_calls.py", "tests/server/test_calls_races.py"),
        f"{_ACTIONS}/call_outcomes.py": OUTCOMES,
        f"{_ACTIONS}/call_effects.py": OUTCOMES,
        **{f"{_ACTIONS}/{name}.py": DIALLING for name in ("numbers", "attempts", "closing", "last_words")},
        f"{_ACTIONS}/prohibitions.py": DIALLING,
        f"{_ACTIONS}/barring.py": (
            "tests/server/test_people_do_not_call.py",
            "tests/trial/test_a1_lines_and_people.py",
            "tests/trial/test_f1_no_contact_protects.py",
        ),
        f"{_DOMAIN}/calls.py": (
            "tests/server/test_calls.py",
            "tests/server/test_calls_lost.py",
            "tests/server/test_call_outcomes.py",
            "tests/contracts/test_call_numbers.py",
            "tests/trial/test_f2_again_within_the_gap.py",
            "tests/trial/test_b1_clock_ahead.py",
        ),
        f"{_DOMAIN}/retries.py": ("tests/domain/test_retries.py",),
        f"{_DOMAIN}/calling_hours.py": (
            "tests/domain/test_calling_hours.py",
            "tests/trial/test_a14_hours_the_clock_leaves_out.py",
            "tests/trial/test_build5_office_settings.py",
        ),
        f"{_DOMAIN}/phones.py": (
            "tests/domain/test_phones_table.py",
            "tests/domain/test_phones_samples.py",
            "tests/domain/test_phones_shown.py",
            "tests/contracts/test_call_numbers.py",
            "tests/trial/test_a1_lines_and_people.py",
        ),
        f"{_DOMAIN}/prohibitions.py": (
            "tests/trial/test_a5_parts_and_prohibitions.py",
            "tests/trial/test_a1_lines_and_people.py",
            "tests/server/test_people_do_not_call.py",
        ),
    },
}

_ONCE_IS_ENOUGH = "a number that only has to be another"
_NOWHERE = "to a client that has nothing no server says that it is current"
_SHORTCUT = "what it lets through is asked again, with the contact"
_STAYS = "who looks at a contact stays where he is when its scope does"
_QUICK_WAY = "another way round comes to the same"
_ANY = "asked is only whether there is any"
_BOUND = "the longest wait bounds it before"
_NEVER = "nothing calls it; it stands for what is left out"
_UNUSED = "the callers know already, and use no answer"

EQUIVALENT: dict[tuple[str, str, str], str] = {
    (f"{_DESKTOP}/sync/following.py", "Sync._drop", "one more than 1"): _ONCE_IS_ENOUGH,
    (f"{_DESKTOP}/sync/following.py", "Sync._connect", "one more than 1"): _ONCE_IS_ENOUGH,
    (f"{_DESKTOP}/sync/following.py", "Sync._failed", "one more than 10"): _BOUND,
    (f"{_DESKTOP}/sync/following.py", "Sync._ask_standing", "drop here is not None"): _NOWHERE,
    (f"{_SERVER}/leases/statements.py", "find_unsettled", "drop c.contact_id == _CONTACT"): _SHORTCUT,
    (f"{_SERVER}/changes/history.py", "_last_before", "one more than 2"): _QUICK_WAY,
    (
        f"{_SERVER}/edges/routing.py",
        "_unwritten",
        "delete raise NotImplementedError('routes are not written from their values')",
    ): _NEVER,
    (f"{_SERVER}/changes/write.py", "OpenGuard.held_by_others", "delete del connection, actor"): _UNUSED,
    (f"{_SERVER}/changes/broadcast.py", "_find_moved", "drop row['scope_before'] is not None"): _STAYS,
    (f"{_SERVER}/leases/ledger.py", "Leases.release", "None for ended"): _UNUSED,
    (f"{_SERVER}/leases/statements.py", "is_due", "one more than 1"): _ANY,
    (f"{_LISTS}/tables.py", "_Names.row", "swap len(cells) <= len(self.columns)"): _QUICK_WAY,
}
"""Module, function and defect of mutants that change nothing which anybody could notice, and why."""
