"""Begins a call, in a thread: is the phone there, the contact's lease, the server's record, the guard, the phone.

In this order nothing is dialled that is not on record, and nothing is recorded that this phone could not dial anyway.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from callmanager.desktop.leases import CALL
from callmanager.desktop.models.calling.phone import PhoneModel
from callmanager.desktop.wire import Lease, Record
from callmanager.desktop.workplace import Workplace
from callmanager.domain.errors import CallManagerError, Unavailable
from callmanager.domain.texts import N_
from callmanager.softphones import Health, HealthState, Softphone
from callmanager.softphones.formats import Dialable

OUTBOX_SECONDS = 5.0
"""So long a call waits for what is still to be told of the one before."""
_LOOK_SECONDS = 0.02


@dataclass(frozen=True, slots=True)
class Consents:
    """What the agent has said yes to, after a question."""

    as_written: bool = False
    anyway: bool = False
    override_reason: str = ""


@dataclass(frozen=True, slots=True)
class PlannedCall:
    """A call that is to be made. `key` makes the record one, however often it is asked for."""

    contact: Record
    phone: Mapping[str, Any]
    dialable: Dialable
    passes: Consents
    key: str

    @property
    def contact_id(self) -> int:
        return int(self.contact["id"])


class NotRecorded(CallManagerError):
    """The server did not record the call, or the contact could not be had: nothing happened. `why` is the reason."""

    def __init__(self, why: CallManagerError) -> None:
        super().__init__(why.code, why.message, fields=why.fields, **why.params)
        self.why = why


@dataclass(frozen=True, slots=True)
class Dialler:
    """`dial` is for a thread: it waits for the server and the phone.

    `found(health)` is told what the phone said when it had to be asked; `recorded(call)` comes before anything is
    dialled. Both are called in the thread of `dial`.
    """

    workplace: Workplace
    phone: PhoneModel
    found: Callable[[Health], object]
    recorded: Callable[[Mapping[str, Any]], object]

    def dial(self, wanted: PlannedCall) -> str:
        """Returns what the agent must copy, or "". Raises NotRecorded when there is no call, else the phone's errors
        (`dial_unconfirmed`: it may be up) and the guard's."""
        try:
            softphone = self._require_phone()
            self._await_outbox()
            lease = self.workplace.take_contact(wanted.contact_id, CALL)
            call = self._record(wanted, lease, softphone.name)
        except CallManagerError as error:
            raise NotRecorded(error) from error
        self.recorded(call)
        return softphone.dial(str(call["id"]), self._admit(wanted, call, lease))

    def _require_phone(self) -> Softphone:
        softphone = self.phone.softphone
        if softphone is None:
            raise Unavailable("phone_absent", N_("The phone program does not answer. Start it and try again."))
        if not self.phone.is_ready:
            health = softphone.probe()
            self.found(health)
            if health.state is not HealthState.READY:
                raise Unavailable("phone_not_ready", health.advice or health.detail, **health.params)
        return softphone

    def _await_outbox(self) -> None:
        """What the server has not heard of the call before would make it refuse this one."""
        end = time.monotonic() + OUTBOX_SECONDS
        while time.monotonic() < end and self._has_unsent():
            self.workplace.send_soon()
            time.sleep(_LOOK_SECONDS)

    def _has_unsent(self) -> bool:
        return any(item.path.startswith("/calls/") for item in self.workplace.store.work.list_waiting())

    def _record(self, wanted: PlannedCall, lease: Lease, driver: str) -> Mapping[str, Any]:
        body = {
            "contact_id": wanted.contact_id,
            "lease_token": lease.token,
            "number": str(wanted.phone["number"]),
            "driver": driver,
            "anyway": wanted.passes.anyway,
        }
        if wanted.passes.override_reason:
            body["override_reason"] = wanted.passes.override_reason
        try:
            call: Mapping[str, Any] = self.workplace.remote.ask("POST", "/calls", body=body, key=wanted.key).body
        except CallManagerError:
            self.workplace.release_contact(wanted.contact_id, CALL)
            raise
        return call

    def _admit(self, wanted: PlannedCall, call: Mapping[str, Any], lease: Lease) -> str:
        held = self.workplace.held.find(wanted.contact_id)
        return self.phone.guard.admit(
            wanted.dialable.digits,
            number=str(wanted.phone.get("e164") or wanted.phone["number"]),
            recorded=str(call["e164"] or call["number"]),
            is_held=held is not None and held.token == lease.token,
            is_test_up=self.phone.is_test_up,
        )
