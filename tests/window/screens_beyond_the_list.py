"""More views worth looking at: those of the open card, the pause, and the screens before signing in."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from callmanager.desktop.models.card.dispute import Dispute
from callmanager.desktop.models.session import PasswordForm, PcSurroundings, Session
from callmanager.desktop.pc.configured import Configured
from callmanager.desktop.remote.probing import complete_address
from callmanager.desktop.views.entrance import ChangePasswordView, FirstStartView, LoginView, StartingView
from callmanager.desktop.views.language import LanguageButton
from callmanager.desktop.widgets.dialog import Dialog
from callmanager.domain.errors import Unauthenticated, Unavailable
from tests.desktop.session_desk import MemorySafe
from tests.window.screens import End, ScreenLine, close_dialogs, show_card, show_editing
from tests.window.signed_in_window import SignedInWindow

REFUSED = Unauthenticated("credentials_wrong", "The user or the password is not right. Check both and try again.")
NO_ANSWER = "No server answers at %(address)s. Check that it is on, and the network."
NOT_THERE = Unavailable("server_unreachable", NO_ANSWER, address="192.168.1.10:5000")


def show_history(window: SignedInWindow) -> End:
    end = show_card(window)
    window.models.card.toggle_history()
    history = window.models.card.history
    assert history is not None
    window.screen.until(lambda: not history.is_loading)
    return lambda: (window.models.card.close(), end())


def show_over_card(command: str) -> Callable[[SignedInWindow], End]:
    def build(window: SignedInWindow) -> End:
        end = show_card(window)
        window.screen.until(lambda: window.board.is_allowed(command))
        window.board.run(command)
        window.screen.settle()
        return lambda: (close_dialogs(window), end())

    return build


def show_conflict(window: SignedInWindow) -> End:
    end = show_editing(window)
    card = window.models.card
    assert card.now.form is not None
    assert card.now.record is not None
    note = {"mine": "Llamar después de las tres.", "theirs": "Ya no le interesa.", "original": "Prefiere la tarde."}
    name = {"mine": "María F. Núñez", "theirs": "María Núñez Quesada", "original": "María Fernanda Núñez Quesada 0"}
    disputed = {"note": note, "name": name}
    card.saving.conflict = Dispute(card.now.names, card.now.form, card.now.record, disputed)
    card.now.changed.emit()

    def close() -> None:
        close_dialogs(window)
        card.saving.leave_conflict()
        end()

    return close


def show_leaving(window: SignedInWindow) -> End:
    show_editing(window)
    card = window.models.card
    card.editing.type_in("note", "Algo que no se ha guardado todavía")
    card.close()

    def close() -> None:
        card.leave_discarding()
        close_dialogs(window)
        window.screen.until(lambda: not card.now.is_editing)
        card.close()

    return close


def show_pause(window: SignedInWindow) -> End:
    states = window.models.states
    window.screen.until(lambda: states.can_choose)
    if states.is_paused:
        states.be_ready()
        window.screen.until(lambda: states.can_choose and not states.is_paused)
    window.board.run("me.pause")
    return lambda: close_dialogs(window)


def show_entrance(make: Callable[[SignedInWindow, Session], Any]) -> Callable[[SignedInWindow], End]:
    """A screen of the entrance over the whole window."""

    def build(window: SignedInWindow) -> End:
        around = PcSurroundings(
            Path("/nowhere"), window.preferences, MemorySafe(), Configured("", "cm_x"), "PC-7", list
        )
        session = Session(window.tools, around)
        session.choice.text = "192.168.1.10:5000"
        session._server = session.choice.server_at(complete_address("192.168.1.10:5000"))
        view = make(window, session)
        LanguageButton(view, window.preferences, window.kit).place(relx=1.0, x=-8, y=8, anchor="ne")
        view.place(relwidth=1, relheight=1)
        view.lift()
        return view.destroy

    return build


def make_login(window: SignedInWindow, session: Session) -> LoginView:
    session._error = REFUSED
    return LoginView(window.screen.root, session, window.kit)


def make_first_start(window: SignedInWindow, session: Session) -> FirstStartView:
    return FirstStartView(window.screen.root, session.choice, window.kit, NOT_THERE, lambda: None)


def make_starting(window: SignedInWindow, session: Session) -> StartingView:
    return StartingView(window.screen.root, session, window.kit)


def make_forced_change(window: SignedInWindow, _session: Session) -> ChangePasswordView:
    form = PasswordForm("ana.mora", lambda _old, _new: None)
    form.type("new", "cuatro")
    return ChangePasswordView(window.screen.root, form, window.kit, lambda: None, is_forced=True)


def show_change_dialog(window: SignedInWindow) -> End:
    form = PasswordForm("ana.mora", lambda _old, _new: None)
    dialog = Dialog(window.screen.root, window.kit.say("Change password…"), width=480)
    view = ChangePasswordView(dialog.body, form, window.kit, dialog.close)
    view.pack(fill="both", expand=True)
    dialog.open(view.old.field)
    return dialog.close


SCREENS_BEYOND = (
    ScreenLine("history", show_history),
    ScreenLine("new_contact", show_over_card("contact.new")),
    ScreenLine("merge", show_over_card("contact.merge")),
    ScreenLine("archive", show_over_card("contact.archive")),
    ScreenLine("conflict", show_conflict),
    ScreenLine("leaving", show_leaving),
    ScreenLine("pause", show_pause),
    ScreenLine("change_password", show_change_dialog),
    ScreenLine("login", show_entrance(make_login)),
    ScreenLine("first_start", show_entrance(make_first_start)),
    ScreenLine("starting", show_entrance(make_starting)),
    ScreenLine("forced_change", show_entrance(make_forced_change)),
)
