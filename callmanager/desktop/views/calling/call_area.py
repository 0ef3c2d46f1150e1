"""Under the head of the window: the bar of the call, and what there is to say or to ask about it."""

from __future__ import annotations

import tkinter
from collections.abc import Callable

import customtkinter

from callmanager.desktop import theme
from callmanager.desktop.models.calling.phone import PROBE_SECONDS
from callmanager.desktop.models.card.open_card import PassingNotice
from callmanager.desktop.models.signed_in import SignedInModels
from callmanager.desktop.theme import Colour
from callmanager.desktop.views.calling.call_bar import CallBar
from callmanager.desktop.views.calling.question import QuestionDialog
from callmanager.desktop.views.calling.unfinished_dialog import UnfinishedDialog
from callmanager.desktop.views.calling.words import Words
from callmanager.desktop.views.card.banners import said
from callmanager.desktop.views.kit import Kit
from callmanager.desktop.widgets.buttons import Button
from callmanager.desktop.widgets.dialog import OneDialog
from callmanager.domain.texts import N_

TICK_MILLISECONDS = 1_000


class CallArea(customtkinter.CTkFrame):
    """Asks what must be asked before a call, and gives the clock its ticks."""

    def __init__(self, master: tkinter.Misc, signed_in: SignedInModels, kit: Kit) -> None:
        super().__init__(master, fg_color=theme.SURFACE, corner_radius=0)
        self._models = models = signed_in.calling
        self._kit = kit
        self._dialog = OneDialog()
        self.grid_columnconfigure(0, weight=1)
        self.bar = CallBar(self, models.call, kit)
        self.bar.grid(row=0, column=0, sticky="ew")
        self._build_banners()
        line = customtkinter.CTkFrame(self, height=2, fg_color=theme.LINE, corner_radius=0)
        line.grid(row=6, column=0, sticky="ew")
        self._listen()
        self.refresh()

    def refresh(self) -> None:
        """Show the models as they are now."""
        call, phone = self._models.call, self._models.phone
        problem = None if call.problem is None else said(self._kit, call.problem)
        self._show(1, self._problem, problem, theme.BAD)
        is_ill = phone.health is not None and not phone.is_ready and phone.offer is None
        self._show(2, self._advice, self._advice_text() if is_ill else None, theme.CAUTION)
        self._show(3, self._offer, self._offer_text() if phone.offer is not None else None, theme.CAUTION)
        self._show(4, self._instead, self._instead_text() if phone.is_instead else None, theme.CAUTION)
        self._show(5, self._unfinished, self._models.unfinished.text or None, theme.CAUTION)
        self._ask()

    def show_unfinished(self) -> None:
        """The calls that wait for their outcome, over the window."""
        self._dialog.show(lambda: UnfinishedDialog(self, self._models.unfinished, self._kit))

    def _listen(self) -> None:
        kit, models = self._kit, self._models
        kit.listen(self, models.call.changed, self.refresh)
        kit.listen(self, models.phone.changed, self.refresh)
        kit.listen(self, models.unfinished.changed, self._note_unfinished)
        kit.listen(self, models.call.told, self._tell)
        kit.listen(self, models.call.copied, self._copy)
        kit.listen(self, models.phone_test.copied, self._copy)
        kit.every(self, 1_000 * PROBE_SECONDS, models.phone.check)
        kit.every(self, TICK_MILLISECONDS, self._tick)

    def _build_banners(self) -> None:
        models, kit = self._models, self._kit
        self._problem = NoticeLine(self, kit, [(N_("Close"), models.call.dismiss)])
        self._advice = NoticeLine(
            self, kit, [(N_("Look again"), models.phone.check), (N_("My phone…"), self._open_phone)]
        )
        self._offer = NoticeLine(
            self, kit, [(N_("Use it for now"), models.phone.accept_offer), (N_("Look again"), models.phone.check)]
        )
        again = (N_("Use the chosen phone again"), models.phone.return_to_chosen)
        self._instead = NoticeLine(self, kit, [again])
        self._unfinished = NoticeLine(self, kit, [(N_("Say what came of them…"), self.show_unfinished)])

    def _show(self, row: int, banner: NoticeLine, text: str | None, colour: theme.Colour) -> None:
        if text is None:
            banner.grid_remove()
            return
        banner.put(text, colour)
        banner.grid(row=row, column=0, sticky="ew", padx=theme.GRID, pady=(0, theme.GRID // 2))

    def _advice_text(self) -> str:
        phone = self._models.phone
        return " ".join(part for part in (f"{phone.health_text}.", phone.detail_text, phone.advice_text) if part)

    def _offer_text(self) -> str:
        offer = self._models.phone.offer
        name = "" if offer is None else offer.label
        offered = self._kit.say(N_("Meanwhile you can call with: %(phone)s."), phone=name)
        return f"{self._advice_text()} {offered}"

    def _instead_text(self) -> str:
        return self._kit.say(N_("You call with another phone for now: %(phone)s."), phone=self._models.phone.label)

    def _open_phone(self) -> None:
        self._kit.board.run("me.phone")

    def _tick(self) -> None:
        self._models.call.tick()
        self.bar.tick()

    def _ask(self) -> None:
        """One question at a time."""
        question = self._models.call.question
        if question is not None:
            self._dialog.show(lambda: QuestionDialog(self, self._models.call, question, self._kit))

    def _note_unfinished(self) -> None:
        """Those of before this start are asked for at once; later ones stand in the line only."""
        self.refresh()
        unfinished, was_shown = self._models.unfinished, self._models.unfinished.was_shown
        unfinished.was_shown = True
        if unfinished.calls and not was_shown and not self._models.call.awaits_outcome:
            self.show_unfinished()

    def _tell(self, told: PassingNotice) -> None:
        label = None if told.action_label is None else self._kit.say(told.action_label)
        text = said(self._kit, told.sentence)
        self._kit.toast(text, label, told.action, is_error=told.is_error, about=told.about, is_later=told.is_later)

    def _copy(self, text: str) -> None:
        self.clipboard_clear()
        self.clipboard_append(text)
        self._kit.toast(self._kit.say(N_("Copied: %(number)s"), number=text))


Answer = tuple[str, Callable[[], object]]
BUTTON_HEIGHT = 28
LEAST_TEXT = 160


class NoticeLine(customtkinter.CTkFrame):
    """`answers` are msgids with what they do."""

    def __init__(self, master: tkinter.Misc, kit: Kit, answers: list[Answer]) -> None:
        super().__init__(master, fg_color=theme.RAISED, corner_radius=6)
        self.grid_columnconfigure(0, weight=1)
        self._text = Words(self, 600, theme.TEXT)
        self._text.grid(row=0, column=0, sticky="ew", padx=theme.GRID, pady=theme.GRID // 2)
        self._buttons = customtkinter.CTkFrame(self, fg_color="transparent", height=1)
        self._buttons.grid(row=0, column=1, sticky="e", padx=(0, theme.GRID // 2))
        self.buttons = [Button(self._buttons, kit.say(label), press, height=BUTTON_HEIGHT) for label, press in answers]
        for button in self.buttons:
            button.fill(theme.SURFACE, theme.LINE)
            button.pack(side="left", padx=(theme.GRID // 2, 0), pady=theme.GRID // 2)
        tkinter.Misc.bind(self, "<Configure>", self._fold, add="+")

    def put(self, text: str, colour: Colour) -> None:
        """Show a sentence."""
        self._text.put(text, colour)

    def _fold(self, event: tkinter.Event[tkinter.Misc]) -> None:
        scale: float = customtkinter.ScalingTracker.get_widget_scaling(self)
        room = event.width - self._buttons.winfo_reqwidth()
        self._text.fold(max(LEAST_TEXT, round(room / scale) - 3 * theme.GRID))
