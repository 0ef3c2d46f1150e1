"""The contact to be edited: a field for each value, marked when it is wrong or when somebody else changed it."""

from __future__ import annotations

import tkinter
from functools import partial
from typing import Any

import customtkinter

from callmanager.desktop import theme
from callmanager.desktop.models.card.card import ContactCardModel
from callmanager.desktop.models.card.form import CHOICES
from callmanager.desktop.models.card.open_card import Mode
from callmanager.desktop.models.card.places import EDITED
from callmanager.desktop.models.card.words import NOTHING, notice_of_time
from callmanager.desktop.views.card.banners import said
from callmanager.desktop.views.card.rows import ExtraRows, PhoneRows
from callmanager.desktop.views.kit import Kit
from callmanager.desktop.widgets.choices import ChoiceField
from callmanager.desktop.widgets.fields import Field, LongTextField, TextField
from callmanager.domain.contact_fields import BY_NAME, FieldKind, names_of
from callmanager.domain.texts import N_

EDGE = 2 * theme.GRID
_HANDED_OVER = names_of(FieldKind.LINES, FieldKind.PHONES, FieldKind.EXTRA, editable=True)
DATE_EXAMPLE = N_("dd/mm/yyyy hh:mm")


class FormView(customtkinter.CTkFrame):
    """Fields made once; `refresh` fills them with what the model holds."""

    def __init__(self, master: tkinter.Misc, model: ContactCardModel, kit: Kit) -> None:
        super().__init__(master, fg_color=theme.SURFACE, corner_radius=0)
        self._model, self._kit = model, kit
        self.grid_columnconfigure(0, weight=1)
        self._shown_for: int | None = None
        self._wrong = False
        self.fields: dict[str, Any] = {}
        for row, name in enumerate(EDITED):
            self.fields[name] = self._make(name)
            self.fields[name].grid(row=row, column=0, sticky="ew", padx=EDGE, pady=(0, theme.GRID))
        kit.listen(self, kit.board.before, self.hand_over)

    def hand_over(self) -> None:
        """Give the model what was typed and not yet told: before it is saved, and before anything is shown anew."""
        form = self._model.now.form
        if form is None or self._shown_for != id(form) or self._model.now.mode is not Mode.EDITING:
            return
        for name in _HANDED_OVER:
            self.fields[name].hand_over()

    def refresh(self) -> None:
        """Show the model as it is now."""
        self.hand_over()
        form = self._model.now.form
        if form is None or self._model.now.mode is not Mode.EDITING:
            self._shown_for = None
            return
        if self._shown_for != id(form):
            self._shown_for = id(form)
            for name in CHOICES:
                self.fields[name].offer(self._choices(name, form[name]), form[name])
        for name, field in self.fields.items():
            field.put(form[name])
            field.enable(is_enabled=self._model.editing.can_type(name))
            field.complain(self._trouble(name))
        self._go_to_wrong()

    def _go_to_wrong(self) -> None:
        """The cursor from another field to the first that was refused, which may be out of sight; once, so that one can
        go on. Who writes elsewhere by then, of a call, is left alone."""
        was_wrong, self._wrong = self._wrong, bool(self._model.now.field_errors)
        if not self._wrong or was_wrong or not str(self.focus_get() or "").startswith(f"{self}."):
            return
        wrong = (field for name, field in self.fields.items() if name in self._model.now.field_errors)
        first = next(wrong, None)
        if isinstance(first, Field):
            first.focus_field()

    def focus_first(self) -> None:
        """The cursor to where an agent writes most: the note."""
        self.fields["note"].focus_field()

    def _make(self, name: str) -> Any:
        label = self._model.now.names.field(name)
        told = partial(self._model.editing.type_in, name)
        if name in CHOICES:
            return ChoiceField(self, label, [], None, told)
        kind = BY_NAME[name].kind
        if kind is FieldKind.LINES:
            return LongTextField(self, label, "", told)
        if kind is FieldKind.PHONES:
            rows = PhoneRows(self, self._kit, label, told)
            rows.region = self._model.now.names.region
            return rows
        if kind is FieldKind.EXTRA:
            return ExtraRows(self, self._kit, label, told)
        example = self._kit.say(DATE_EXAMPLE)
        return TextField(self, f"{label} ({example})" if kind is FieldKind.INSTANT else label, "", told)

    def _choices(self, name: str, value: Any) -> list[tuple[Any, str]]:
        """What may be chosen, and what is chosen already even if it could not be chosen any more."""
        names = self._model.now.names
        choices = names.choices(name)
        return choices if any(known == value for known, _ in choices) else [*choices, (value, names.value(name, value))]

    def _trouble(self, name: str) -> str:
        now = self._model.now
        if name in now.field_errors:
            return self._kit.explain(now.field_errors[name])
        if now.form is None or name not in now.form.disturbed:
            return self._notice(name)
        theirs = now.form.disturbed[name]
        is_typed = BY_NAME[name].kind in (FieldKind.PHONES, FieldKind.EXTRA, FieldKind.INSTANT)
        shown = _plain(theirs) if is_typed else now.names.value(name, theirs)
        return self._kit.say(N_("Changed while you edited: %(theirs)s"), theirs=shown)

    def _notice(self, name: str) -> str:
        """Of a time that was typed: that the clock shows it never or twice."""
        form = self._model.now.form
        if form is None or BY_NAME[name].kind is not FieldKind.INSTANT or name not in form.changed:
            return ""
        notice = notice_of_time(form[name])
        return "" if notice is None else said(self._kit, notice)


def _plain(value: Any) -> str:
    if isinstance(value, str):
        return value or NOTHING
    return ", ".join(row["number"] if isinstance(row, dict) else f"{row[0]}: {row[1]}" for row in value) or NOTHING
