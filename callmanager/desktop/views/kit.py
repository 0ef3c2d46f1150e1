"""What every view is given: the language, the commands, the fonts, notices, and listening that ends with the widget.

One per window; it outlives the views, which are destroyed and built anew when language, theme or scale change.
"""

from __future__ import annotations

import tkinter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ParamSpec

import customtkinter

from callmanager.desktop import theme
from callmanager.desktop.commands import get_command, key_text
from callmanager.desktop.models.command_board import CommandBoard
from callmanager.desktop.observing import Signal
from callmanager.desktop.speech import Speech
from callmanager.desktop.widgets.buttons import Button, Kind, key_label
from callmanager.desktop.widgets.dialog import Dialog, ask
from callmanager.domain.errors import CallManagerError
from callmanager.domain.texts import N_

P = ParamSpec("P")


@dataclass(frozen=True, slots=True)
class Notice:
    """A short message at the edge of the window; `action` is offered with it. The rest as in `PassingNotice`."""

    text: str
    action_label: str | None = None
    action: Callable[[], object] | None = None
    is_error: bool = False
    about: str = ""
    is_later: bool = False


class Fonts:
    """CustomTkinter's fonts; it scales them. A root window has to exist."""

    def __init__(self) -> None:
        self.text = customtkinter.CTkFont(size=theme.TEXT_SIZE)
        self.strong = customtkinter.CTkFont(size=theme.TEXT_SIZE, weight="bold")
        self.small = customtkinter.CTkFont(size=theme.SMALL_SIZE)
        self.title = customtkinter.CTkFont(size=theme.TITLE_SIZE, weight="bold")


class Kit:
    """`notices` is heard by the one who draws them."""

    def __init__(self, speech: Speech, board: CommandBoard) -> None:
        self.speech, self.board = speech, board
        self.fonts = Fonts()
        self.notices: Signal[[Notice]] = Signal()
        self._endings: dict[tkinter.Misc, list[Callable[[], object]]] = {}

    def say(self, message: str, **params: Any) -> str:
        """A msgid in the window's language."""
        return self.speech.say(message, **params)

    def explain(self, error: CallManagerError) -> str:
        """What an error says to the user."""
        return self.speech.explain(error)

    def toast(
        self,
        text: str,
        action_label: str | None = None,
        action: Callable[[], object] | None = None,
        *,
        is_error: bool = False,
        about: str = "",
        is_later: bool = False,
    ) -> None:
        """Show a finished sentence for a moment, without taking the focus; with an action, 8 s to press it."""
        self.notices.emit(Notice(text, action_label, action, is_error, about, is_later))

    def button(self, master: tkinter.Misc, command_id: str, *, kind: Kind = "plain", label: str = "") -> Button:
        """The button of a command, with its key, off while it makes no sense. `label`: a shorter one, in words."""
        text = key_label(label or self.say(get_command(command_id).label), self.key_of(command_id))
        button = Button(master, text, lambda: self.board.run(command_id), kind=kind)

        def show() -> None:
            button.allow(self.board.is_allowed(command_id))

        self.listen(button, self.board.changed, show)
        show()
        return button

    def key_of(self, command_id: str) -> str:
        """The first key of a command as it is printed on keyboards; "" when it has none."""
        keys = get_command(command_id).keys
        return self.key_name(keys[0]) if keys else ""

    def key_name(self, sequence: str) -> str:
        """A key of the registry as it is printed on keyboards."""
        return "+".join(self.say(part) for part in key_text(sequence).split("+"))

    def ask(
        self,
        master: tkinter.Misc,
        title: str,
        text: str,
        yes: str,
        then: Callable[[], object],
        *,
        no: str = "",
        otherwise: Callable[[], object] | None = None,
        is_dangerous: bool = False,
    ) -> Dialog:
        """Ask for a decision (finished sentences). Enter is `yes`, or `no` when it is dangerous; Esc is `no`."""
        refuse = no or self.say(N_("Cancel"))
        return ask(master, title, text, yes=yes, no=refuse, then=then, otherwise=otherwise, is_dangerous=is_dangerous)

    def listen(self, widget: tkinter.Misc, signal: Signal[P], listener: Callable[P, object]) -> None:
        """Call `listener` when the signal is emitted, for as long as `widget` lives."""
        is_gone = False

        def hear(*args: P.args, **kwargs: P.kwargs) -> None:
            if not is_gone:
                listener(*args, **kwargs)

        disconnect = signal.connect(hear)

        def leave() -> None:
            nonlocal is_gone
            is_gone = True
            disconnect()

        self.when_destroyed(widget, leave)

    def after(self, widget: tkinter.Misc, milliseconds: int, work: Callable[[], object]) -> Callable[[], None]:
        """Do `work` once, later, unless `widget` is destroyed before. Returns what calls it off."""

        def do() -> None:
            forget()
            work()

        def cancel() -> None:
            forget()
            widget.after_cancel(number)

        number = widget.after(milliseconds, do)
        forget = self.when_destroyed(widget, cancel)
        return cancel

    def every(self, widget: tkinter.Misc, milliseconds: int, work: Callable[[], object]) -> None:
        """Do `work` again and again, for as long as `widget` lives; the first time after `milliseconds`."""

        def do() -> None:
            self.after(widget, milliseconds, do)
            work()

        self.after(widget, milliseconds, do)

    def when_destroyed(self, widget: tkinter.Misc, work: Callable[[], object]) -> Callable[[], None]:
        """Do `work` when `widget` is destroyed. Returns what forgets it."""
        endings = self._endings.get(widget)
        if endings is None:
            endings = self._endings[widget] = []
            self._watch(widget)
        endings.append(work)

        def forget() -> None:
            if work in endings:
                endings.remove(work)

        return forget

    def _watch(self, widget: tkinter.Misc) -> None:
        def leave(event: tkinter.Event[tkinter.Misc]) -> None:
            if event.widget is widget:  # a window hears of its children too
                for work in tuple(self._endings.pop(widget, ())):
                    work()

        # CustomTkinter's own bind listens to a part of the widget only.
        tkinter.Misc.bind(widget, "<Destroy>", leave, add="+")
