"""A new password: as the first thing after signing in with a given one, or whenever the user wants another."""

from __future__ import annotations

import tkinter
from collections.abc import Callable

import customtkinter

from callmanager.desktop import theme
from callmanager.desktop.models.session import PasswordForm
from callmanager.desktop.views.entrance.form import GAP, FormSheet
from callmanager.desktop.views.kit import Kit
from callmanager.desktop.widgets.buttons import Button
from callmanager.domain.texts import N_

MET, OPEN = "✓", "○"


class ChangePasswordView(FormSheet):
    """`cancel` goes back without a change; `is_forced`: nothing else can be done before. Else it is in a dialog."""

    def __init__(
        self,
        master: tkinter.Misc,
        model: PasswordForm,
        kit: Kit,
        cancel: Callable[[], object],
        *,
        is_forced: bool = False,
    ) -> None:
        super().__init__(master, kit, is_in_dialog=not is_forced)
        self._model, self._asked_old = model, model.asks_old
        say = kit.say
        self.title(say(N_("A new password")))
        self.text(say(N_("For the user %(name)s."), name=model.username))
        if is_forced:
            self.text(say(N_("The present one was given to you, so nobody works with it. Choose your own.")))
        self.old = self.entry(
            say(N_("Present password")), model.old, lambda text: model.type("old", text), is_secret=True
        )
        self.new = self.entry(say(N_("New password")), model.new, lambda text: model.type("new", text), is_secret=True)
        self.confirm = self.entry(
            say(N_("New password, again")), model.confirm, lambda text: model.type("confirm", text), is_secret=True
        )
        self._rules = [self._add_rule() for _rule in model.rules]
        self._error = self.text("", theme.BAD, above=GAP)
        self._buttons(cancel)
        for field in (self.old, self.new, self.confirm):
            field.on_enter(model.submit)
            field.field.bind("<Escape>", lambda _event: cancel())
        kit.listen(self, model.changed, self._show)
        self._show()
        self.begin_at(self.old if model.asks_old else self.new)

    def _add_rule(self) -> customtkinter.CTkLabel:
        label = customtkinter.CTkLabel(self.inside, text="", font=self.kit.fonts.text, anchor="w", height=22)
        self.add(label, 0 if hasattr(self, "_has_rules") else GAP)
        self._has_rules = True
        return label

    def _buttons(self, cancel: Callable[[], object]) -> None:
        row = customtkinter.CTkFrame(self.inside, fg_color="transparent")
        self.add(row, 2 * GAP)
        self.save = Button(row, self.kit.say(N_("Change the password")), self._model.submit, kind="main")
        self.save.pack(side="left")
        self.cancel = Button(row, self.kit.say(N_("Cancel")), cancel, kind="quiet")
        self.cancel.pack(side="right")

    def _show(self) -> None:
        model, kit = self._model, self.kit
        for name, field in (("old", self.old), ("new", self.new), ("confirm", self.confirm)):
            field.put(getattr(model, name))
            field.enable(is_enabled=not model.is_busy)
        if not model.asks_old:
            self.old.pack_forget()
        elif not self._asked_old:
            self._asked_old = True
            self.old.pack(fill="x", pady=(2 * GAP, 0), before=self.new)
        for label, rule in zip(self._rules, model.rules, strict=True):
            colour = theme.GOOD if rule.is_met else theme.QUIET
            label.configure(text=f"{MET if rule.is_met else OPEN}  {kit.say(rule.message)}", text_color=colour)
        self._error.show(kit.explain(model.error) if model.error else "")
        self.save.configure(text=kit.say(N_("One moment…") if model.is_busy else N_("Change the password")))
        self.save.allow(model.can_submit)
