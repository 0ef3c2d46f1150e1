"""A status that a call gives needs a reason when somebody sets it by hand; the reason is kept while that status is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from callmanager.domain.errors import Invalid
from callmanager.domain.texts import N_
from callmanager.server.changes.write import Transaction
from callmanager.server.storage.dispositions import list_sales


def with_status_reason(
    tx: Transaction, checked: dict[str, Any], current: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """`checked` with the reason of its status; one that is left behind takes its own along. Raises Invalid."""
    was, reason_was = ("", "") if current is None else (current["status"], current["status_reason"])
    status = checked.get("status", was)
    reason = checked.get("status_reason", reason_was if status == was else "")
    if (status, reason) == (was, reason_was):
        return checked
    if not reason and status in list_sales(tx.connection):
        raise Invalid(
            "status_reason_required",
            N_("A sale comes from a call. Say what came of the call or, to set it by hand, write the reason."),
            fields={"field": "status_reason"},
        )
    return {**checked, "status_reason": reason}
