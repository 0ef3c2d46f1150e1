"""Signing in: who, where, and why it was refused. And the short moment before, when the server is looked for."""

from __future__ import annotations

import tkinter
from collections.abc import Callable

import customtkinter

from callmanager.desktop import theme
from callmanager.desktop.models.session import Session
from callmanager.desktop.views.entrance.form import GAP, FormSheet
from callmanager.desktop.views.kit import Kit
from callmanager.desktop.widgets.buttons import Button
from callmanager.domain.texts import N_

SECOND = 1_000


class StartingView(FormSheet):
    """The server is being asked whether it still knows this PC."""

    def __init__(self, master: tkinter.Misc, model: Session, kit: Kit) -> None:
        super().__init__(master, kit)
        self.title("CallManager")
        self.text(kit.say(N_("Connecting with %(server)s…"), server=model.address.partition("://")[2]))
        bar = customtkinter.CTkProgressBar(self.inside, mode="indeterminate", height=4)
        self.add(bar, 2 * GAP)
        bar.start()
        kit.when_destroyed(self, bar.stop)


class LoginView(FormSheet):
    """User and password, for the server that is named above them."""

    def __init__(self, master: tkinter.Misc, model: Session, kit: Kit) -> None:
        super().__init__(master, kit)
        self._model = model
        self.title("CallManager")
        self._where()
        self._farewell = self.text("", theme.CAUTION, above=GAP)
        self._error = self.text("", theme.BAD, above=GAP)
        self.username = self.entry(kit.say(N_("User")), model.username, self._type_username)
        self.password = self.entry(kit.say(N_("Password")), model.password, self._type_password, is_secret=True)
        self._marks()
        self._buttons()
        for note in model.notes:
            self.text(kit.say(note.message, **note.params), theme.CAUTION, above=GAP)
        for field in (self.username, self.password):
            field.on_enter(self._submit)
        kit.listen(self, model.changed, self._show)
        kit.every(self, SECOND, self._show_wait)
        self._show()
        self.begin_at(self.password if model.username else self.username)

    def _where(self) -> None:
        row = customtkinter.CTkFrame(self.inside, fg_color="transparent")
        self.add(row, GAP // 2)
        address = self._model.address
        message = N_("Server: %(server)s (secure)") if address.startswith("https:") else N_("Server: %(server)s")
        text = self.kit.say(message, server=address.partition("://")[2])
        font = self.kit.fonts.text
        customtkinter.CTkLabel(row, text=text, font=font, text_color=theme.QUIET, anchor="w").pack(side="left")
        self.other = Button(row, self.kit.say(N_("Another…")), self._model.choose_server, kind="quiet", height=28)
        self.other.pack(side="right")

    def _marks(self) -> None:
        say = self.kit.say
        self._is_shown = tkinter.BooleanVar(self, value=False)
        self._add_mark(say(N_("Show the password")), self._is_shown, self._reveal)
        self._is_remembered = tkinter.BooleanVar(self, value=self._model.wants_remembering)
        label = say(N_("Remember me on this PC for 30 days"))
        self.remember = self._add_mark(label, self._is_remembered, self._take_mark)
        self._no_safe = self.text("", theme.QUIET, above=0)

    def _add_mark(self, label: str, value: tkinter.BooleanVar, work: Callable[[], object]) -> customtkinter.CTkCheckBox:
        mark = customtkinter.CTkCheckBox(
            self.inside,
            text=label,
            variable=value,
            command=work,
            font=self.kit.fonts.text,
            checkbox_width=20,
            checkbox_height=20,
            border_width=2,
        )
        self.add(mark, GAP)
        return mark

    def _buttons(self) -> None:
        self.enter = Button(self.inside, "", self._submit, kind="main", height=40)
        self.add(self.enter, 2 * GAP)
        if self._model.has_key:
            text = self.kit.say(N_("Use the key of this PC"))
            self.add(Button(self.inside, text, self._model.sign_in_by_key))

    def _type_username(self, text: str) -> None:
        self._model.username = text
        self._show_wait()

    def _type_password(self, text: str) -> None:
        self._model.password = text
        self._show_wait()

    def _reveal(self) -> None:
        self.password.reveal(is_shown=self._is_shown.get())

    def _take_mark(self) -> None:
        self._model.wants_remembering = self._is_remembered.get()

    def _submit(self) -> None:
        if not self._model.username.strip():
            self.username.focus_field()
        elif not self._model.password:
            self.password.focus_field()
        else:
            self._model.sign_in()

    def _show(self) -> None:
        model, kit = self._model, self.kit
        self._farewell.show(model.farewell)
        self._error.show(kit.explain(model.error) if model.error else "")
        self.password.put(model.password)
        for field in (self.username, self.password):
            field.enable(is_enabled=not model.is_busy)
        self.remember.configure(state="disabled" if model.no_safe else "normal")
        self._no_safe.show(kit.explain(model.no_safe) if model.no_safe else "")
        self.other.allow(not model.is_busy)
        self._show_wait()

    def _show_wait(self) -> None:
        model, say = self._model, self.kit.say
        if model.is_busy:
            text = say(N_("One moment…"))
        elif model.wait_seconds:
            text = say(N_("Wait %(seconds)s s"), seconds=model.wait_seconds)
        else:
            text = say(N_("Sign in"))
        self.enter.configure(text=text)
        self.enter.allow(not (model.is_busy or model.wait_seconds))
