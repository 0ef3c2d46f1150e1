"""The row of filters over the list. Each shows what it filters by; the first choice of each is `any`."""

from __future__ import annotations

import tkinter
from collections.abc import Callable
from typing import Any

from callmanager.desktop.models.contact_list import ContactListModel
from callmanager.desktop.views.kit import Kit
from callmanager.desktop.widgets.choices import Choice
from callmanager.desktop.widgets.flow import FlowFrame
from callmanager.domain.texts import N_

WIDTH = 188
LONGEST = 28

_ANY = {"phone_valid": None, "do_not_call": None, "is_archived": False}

Choices = list[tuple[Any, str]]


class ListFilters(FlowFrame):
    """`offer` puts the menus in accord with the model."""

    def __init__(self, master: tkinter.Misc, model: ContactListModel, kit: Kit) -> None:
        super().__init__(master)
        self._model, self._kit = model, kit
        self._menus: dict[str, _Menu] = {}
        for name in self._offers():
            self._menus[name] = _Menu(self, self._chooser(name), kit)
        self.show(*self._menus.values())

    def offer(self) -> None:
        """What there is to choose, and what is chosen."""
        view = self._model.view
        for name, choices in self._offers().items():
            value = self._quality() if name == "quality" else getattr(view, name)
            self._menus[name].offer(choices, value)

    def _chooser(self, name: str) -> Callable[[Any], object]:
        if name == "quality":
            return lambda wanted: self._model.filter(**{**_ANY, **(wanted or {})})
        return lambda wanted: self._model.filter(**{name: wanted})

    def _quality(self) -> dict[str, bool] | None:
        view = self._model.view
        if view.phone_valid is False:
            return {"phone_valid": False}
        if view.is_archived:
            return {"is_archived": True}
        return {"do_not_call": True} if view.do_not_call else None

    def _offers(self) -> dict[str, Choices]:
        say, names = self._kit.say, self._model.names
        statuses = names.statuses.choices(self._kit.speech, chosen=self._model.view.status)
        mine = [(self._model.my_id, say(N_("Mine"))), (0, say(N_("Nobody's")))]
        others = [(number, name) for number, name in names.choices("user") if number != self._model.my_id]
        return {
            "status": [(None, say(N_("Any status"))), *statuses],
            "campaign_id": [
                (None, say(N_("Any campaign"))),
                *names.choices("campaign"),
                (0, say(N_("Without a campaign"))),
            ],
            "team_id": [(None, say(N_("Any team"))), *names.choices("team"), (0, say(N_("Without a team")))],
            "assigned_to": [(None, say(N_("Assigned to anyone"))), *mine, *others],
            "quality": [
                (None, say(N_("Any phone"))),
                ({"phone_valid": False}, say(N_("Without a valid phone"))),
                ({"do_not_call": True}, say(N_("Do not call"))),
                ({"is_archived": True}, say(N_("Archived"))),
            ],
        }


class _Menu(Choice):
    """One filter."""

    def __init__(self, master: tkinter.Misc, choose: Callable[[Any], object], kit: Kit) -> None:
        super().__init__(master, [], self._chosen, width=WIDTH, height=30, font=kit.fonts.small, dynamic_resizing=False)
        self._choose = choose
        self._choices: dict[str, Any] = {}
        self._offered: Choices = []

    def offer(self, choices: Choices, value: Any) -> None:
        """Give these choices and show one, without telling of it."""
        if choices != self._offered:
            self._offered = choices
            self._choices = {}
            for known, name in choices:
                short = name if len(name) <= LONGEST else f"{name[: LONGEST - 1]}…"
                self._choices[short if short not in self._choices else f"{short} ({known})"] = known
            self.configure(values=list(self._choices))
        shown = next((name for name, known in self._choices.items() if known == value), "?")
        if shown != self.get():
            self.set(shown)

    def _chosen(self, shown: str) -> None:
        self._choose(self._choices[shown])
