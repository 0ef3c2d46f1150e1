"""What came of the call, to be filled in: the outcomes, a note, and when to call again. It sends nothing."""

from __future__ import annotations

import tkinter
from functools import partial

import customtkinter

from callmanager.desktop import theme
from callmanager.desktop.models.calling.outcome import OutcomeChoice, OutcomeModel
from callmanager.desktop.views.calling.outcome.buttons import OutcomeButtons
from callmanager.desktop.views.calling.words import Words
from callmanager.desktop.views.kit import Kit
from callmanager.desktop.widgets.buttons import Button
from callmanager.desktop.widgets.fields import LongTextField, TextField
from callmanager.desktop.widgets.flow import FlowFrame
from callmanager.domain.texts import N_

NARROW = 720
"""Under this width (at 100 %) the callback stands below the note."""
NOTE_HEIGHT = 64


class OutcomeForm(customtkinter.CTkFrame):
    """The text typed lives in the model. Esc in a field goes to the outcomes, so that digits choose again."""

    def __init__(self, master: tkinter.Misc, model: OutcomeModel, kit: Kit) -> None:
        super().__init__(master, fg_color=theme.SURFACE, corner_radius=0)
        self._model, self._kit = model, kit
        self._times: tuple[str, ...] = ()
        self._is_narrow: bool | None = None
        self.grid_columnconfigure(0, weight=3, uniform="half")
        self.grid_columnconfigure(1, weight=2, uniform="half")
        self.buttons = OutcomeButtons(self, model.choose)
        self.buttons.grid(row=0, column=0, columnspan=2, sticky="ew")
        self._said = Words(self, 600, theme.BAD)
        self._said.grid(row=1, column=0, columnspan=2, sticky="ew")
        self._build_bars()
        self.note = LongTextField(self, "", model.note, model.type_note, height=NOTE_HEIGHT)
        self._build_callback()
        self._leave_by_escape()
        tkinter.Misc.bind(self, "<Configure>", self._fold, add="+")
        kit.listen(self, model.changed, self.refresh)
        kit.listen(self, model.wanted, self._go_to)
        kit.listen(self, kit.board.before, self.note.hand_over)
        self.refresh()

    def refresh(self) -> None:
        """Show the model as it is now."""
        model, say = self._model, self._kit.say
        self.buttons.offer(model.choices)
        self._show_said()
        self._show_bars()
        needs_note = N_("Note of the call (needed)") if model.needs_note else N_("Note of the call")
        self.note.name(say(needs_note))
        self.note.hand_over()
        self.note.put(model.note)
        self.note.complain(self._trouble("note"))
        needs_time = (
            N_("Call again (needed): dd/mm/yyyy hh:mm") if model.needs_callback else N_("Call again: dd/mm/yyyy hh:mm")
        )
        self.callback.name(say(needs_time))
        self.callback.put(model.callback_text)
        notice = model.callback_notice
        told = "" if notice is None else say(notice.message, **notice.params)
        self.callback.complain(self._trouble("callback_at") or told)
        self._offer_times()
        self._place()

    def focus_outcomes(self) -> None:
        """The keyboard to the outcomes: digits choose from now on."""
        self.buttons.focus_chosen(self._model.choices)

    def focus_first(self) -> None:
        """The keyboard to where the next key belongs: to the note when it was begun, else to the outcomes."""
        if self._model.note:
            self.note.focus_end()
        else:
            self.focus_outcomes()

    def write(self, letters: str) -> None:
        """Letters that were typed where no field is: they are the note's."""
        self.note.focus_end()
        self.note.field.insert("end", letters)
        self.note.hand_over()

    def _show_said(self) -> None:
        """What is wrong with the choice, the question that is asked once, or what the phone speaks for."""
        question, trouble = self._model.question, self._trouble("disposition")
        asked = "" if question is None else self._kit.say(question.message, **question.params)
        text = trouble or asked or self._suggestion()
        self._said.put(text, theme.BAD if trouble else theme.CAUTION if asked else theme.TEXT)
        self._said.grid() if text else self._said.grid_remove()

    def _build_bars(self) -> None:
        """Whom an outcome that wants no calls bars, where that is a question."""
        self._bars = customtkinter.CTkFrame(self, fg_color="transparent", height=1)
        self._bars.grid(row=2, column=0, columnspan=2, sticky="ew", pady=(theme.GRID // 2, 0))
        self._bars_asked = Words(self._bars, 600, theme.CAUTION)
        self._bars_asked.pack(fill="x")
        self.bars = OutcomeButtons(self._bars, self._model.choose_bars)
        self.bars.pack(fill="x")

    def _show_bars(self) -> None:
        choices, chosen = self._model.bars_choices, self._model.chosen
        if not choices or chosen is None:
            self._bars.grid_remove()
            return
        asked = N_("Who is not to be called any more? %(key)s again takes the other.")
        without_key = N_("Who is not to be called any more?")
        self._bars_asked.put(self._kit.say(asked if chosen.key else without_key, key=chosen.key), theme.CAUTION)
        mark = chosen.code
        self.bars.offer([OutcomeChoice(one.kind, one.text, None, one.is_chosen, False, mark, False) for one in choices])
        self._bars.grid()

    def _suggestion(self) -> str:
        suggested = self._model.suggested
        if suggested is None:
            return ""
        return self._kit.say(N_("The phone speaks for: %(outcome)s. Enter takes it."), outcome=suggested.name)

    def _build_callback(self) -> None:
        self._side = customtkinter.CTkFrame(self, fg_color="transparent", height=1)
        self.callback = TextField(self._side, "", self._model.callback_text, self._model.type_callback)
        self.callback.pack(fill="x")
        self._choices = FlowFrame(self._side)
        self._choices.pack(fill="x", pady=(theme.GRID // 2, 0))
        self.times: list[Button] = []

    def _offer_times(self) -> None:
        """Buttons made once for a language; each takes the time of the moment when it is pressed."""
        labels = tuple(one.label for one in self._model.callback_choices)
        if labels == self._times:
            return
        self._times = labels
        self.times = [
            Button(self._choices, label, partial(self._take_time, place), height=26, font=self._kit.fonts.small)
            for place, label in enumerate(labels)
        ]
        self._choices.show(*self.times)

    def _take_time(self, place: int) -> None:
        self._model.type_callback(self._model.callback_choices[place].text)

    def _go_to(self, field: str) -> None:
        self._place()
        if field == "note":
            self.note.focus_field()
        elif field == "callback_at":
            self.callback.focus_field()
        else:
            self.focus_outcomes()

    def _leave_by_escape(self) -> None:
        def leave(_event: object) -> str:
            self.focus_outcomes()
            return "break"

        self.note.field.bind("<Escape>", leave, add="+")
        self.callback.field.bind("<Escape>", leave, add="+")

    def _place(self) -> None:
        is_open, is_narrow = self._model.is_callback_open, bool(self._is_narrow)
        span = 2 if is_narrow or not is_open else 1
        gap = (theme.GRID // 2, 0)
        self.note.grid(row=3, column=0, columnspan=span, sticky="nsew", pady=gap)
        if not is_open:
            self._side.grid_remove()
        elif is_narrow:
            self._side.grid(row=4, column=0, columnspan=2, sticky="new", pady=gap, padx=0)
        else:
            self._side.grid(row=3, column=1, columnspan=1, sticky="new", pady=gap, padx=(2 * theme.GRID, 0))

    def _fold(self, event: tkinter.Event[tkinter.Misc]) -> None:
        scale: float = customtkinter.ScalingTracker.get_widget_scaling(self)
        width = round(event.width / scale)
        self._said.fold(width)
        self._bars_asked.fold(width)
        if (width < NARROW) != self._is_narrow:
            self._is_narrow = width < NARROW
            self._place()

    def _trouble(self, name: str) -> str:
        error = self._model.field_errors.get(name)
        return "" if error is None else self._kit.explain(error)
