"""Builds the models of calls together and connects them with each other."""

from __future__ import annotations

import time
from collections.abc import Callable

from callmanager.desktop.models.calling.by_hand import ByHandModel
from callmanager.desktop.models.calling.call import CallModel
from callmanager.desktop.models.calling.call_list import CallListModel
from callmanager.desktop.models.calling.day import DayModel
from callmanager.desktop.models.calling.day_calls import DayCalls
from callmanager.desktop.models.calling.dispositions import DispositionsModel
from callmanager.desktop.models.calling.outcome import OutcomeModel
from callmanager.desktop.models.calling.phone import Build, PhoneModel
from callmanager.desktop.models.calling.phone_form import PhoneForm
from callmanager.desktop.models.calling.phone_settings import SecretSafe
from callmanager.desktop.models.calling.phone_test_call import PhoneTestCall
from callmanager.desktop.models.calling.unfinished import UnfinishedModel
from callmanager.desktop.models.card.card import ContactCardModel
from callmanager.desktop.models.contact_list import ContactListModel
from callmanager.desktop.models.listing.memory import Memory
from callmanager.desktop.models.tools import Tools
from callmanager.desktop.workplace import WorkEvent, Workplace


class CallingModels:
    """One set per signed-in user."""

    def __init__(
        self,
        tools: Tools,
        workplace: Workplace,
        memory: Memory,
        safe: SecretSafe | None = None,
        *,
        card: ContactCardModel,
        contacts: ContactListModel,
        monotonic: Callable[[], float] = time.monotonic,
        build: Build | None = None,
    ) -> None:
        self.dispositions = DispositionsModel(tools, workplace)
        self.outcome = OutcomeModel(tools, self.dispositions)
        self.phone = PhoneModel(tools, workplace, memory, safe, monotonic=monotonic, build=build)
        self.phone_form = PhoneForm(tools, self.phone)
        self.phone_test = PhoneTestCall(tools, self.phone, self.phone_form, monotonic=monotonic)
        self.call = CallModel(
            tools, workplace, self.phone, self.outcome, card=card, contacts=contacts, monotonic=monotonic
        )
        self.list = CallListModel(tools, workplace, self.dispositions)
        self.day = DayModel(tools, workplace, self.dispositions)
        self.day_calls = DayCalls(tools, workplace, self.dispositions)
        self.by_hand = ByHandModel(tools, workplace, self.dispositions)
        self.unfinished = UnfinishedModel(tools, workplace, self._id_at_hand)
        self._card = card
        self._at_hand: int | None = None
        card.now.changed.connect(self._follow_card)
        self.unfinished.resumed.connect(self.call.resume)
        self.call.waits.connect(self.unfinished.resume)
        self.call.changed.connect(self._follow_call)

    def hear(self, event: WorkEvent) -> None:
        """An event of the workplace, in the window's thread."""
        for model in (self.phone, self.dispositions, self.call, self.list, self.unfinished):
            model.hear(event)

    def close(self) -> None:
        """The window closes or the user signs out: what was typed of an outcome is on the disk when this returns."""
        self.call.shut()
        self.phone.close()

    def _id_at_hand(self) -> int | None:
        return None if self.call.current is None else self.call.current.call_id

    def _follow_call(self) -> None:
        if self._at_hand != self._id_at_hand():
            self._at_hand = self._id_at_hand()
            self.unfinished.load()

    def _follow_card(self) -> None:
        self.list.show(self._card.now.contact_id)
