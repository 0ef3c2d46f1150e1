"""The composition root of the window: builds what screens are given, and shows the one that the session asks for."""

from __future__ import annotations

import contextlib
import platform
import tkinter
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any

import customtkinter

from callmanager.desktop.background import BREATH_MILLISECONDS, TICK_MILLISECONDS, Background, Bus
from callmanager.desktop.commands import Situation
from callmanager.desktop.models.command_board import CommandBoard
from callmanager.desktop.models.preferences import Preferences
from callmanager.desktop.models.session import PasswordForm, PcSurroundings, SendingQuestion, Session, SessionStage
from callmanager.desktop.models.signed_in import SignedInModels
from callmanager.desktop.models.tools import Tools
from callmanager.desktop.pc.configured import Configured
from callmanager.desktop.pc.crash_log import CrashLog
from callmanager.desktop.pc.folders import show_folder
from callmanager.desktop.pc.keyring_safe import KeyringSafe
from callmanager.desktop.pc.preferences import PreferenceFile
from callmanager.desktop.speech import Speech
from callmanager.desktop.views.entrance import ChangePasswordView, FirstStartView, LoginView, StartingView
from callmanager.desktop.views.kit import Kit
from callmanager.desktop.views.language import LanguageButton
from callmanager.desktop.views.shell import ShellView
from callmanager.desktop.views.window import MainWindow
from callmanager.desktop.widgets.dialog import Dialog, ask
from callmanager.desktop.widgets.icon import set_icon
from callmanager.desktop.widgets.styling import Styling
from callmanager.desktop.workplace import WorkEvent, Workplace
from callmanager.domain.clock import SystemClock
from callmanager.domain.errors import CallManagerError
from callmanager.domain.texts import N_

PLACE = "window"
SMALLEST = (900, 600)
USUAL = (1366, 768)
PASSWORD_WIDTH = 480


def build_around(folder: Path, configured: Configured, preferences: Preferences) -> PcSurroundings:
    """This PC, as it is outside of tests."""
    return PcSurroundings(folder, preferences, KeyringSafe(), configured, platform.node() or "PC")


class Window:
    """`open` shows it and begins the session; `quit` asks first when something would be missed."""

    def __init__(
        self,
        root: customtkinter.CTk,
        around: Callable[[Tools, Preferences], PcSurroundings],
        folder: Path,
        crashes: CrashLog,
    ) -> None:
        self.root, self._crashes = root, crashes
        bus = Bus()
        self.tools = Tools(bus, Background(bus), Speech(), SystemClock())
        self._file = PreferenceFile(folder)
        self.preferences = Preferences(self.tools, self._file)
        self.board = CommandBoard()
        self._styling = Styling(root)
        self._styling.apply(self.preferences.appearance, self.preferences.scale)
        self._kit = Kit(self.tools.speech, self.board)
        self._main = MainWindow(root, self._kit, self.preferences)
        surroundings = around(self.tools, self.preferences)
        self._safe = surroundings.safe
        self.session = Session(self.tools, surroundings)
        self.models: SignedInModels | None = None
        self._view: Any = None
        self._shown: tuple[SessionStage, PasswordForm | None, object] | None = None
        self._ticking = ""
        self._listen()

    def open(self, problem: CallManagerError | None = None) -> None:
        """Show the first screen. `problem`: why the configuration of this PC cannot be used."""
        self._place()
        set_icon(self.root)
        self._tick()
        if problem is None:
            self.session.start()
        else:
            self.session.fail(problem)
        if self._crashes.has_news():
            self._tell_of_crash()

    def call_forward(self) -> None:
        """From any thread: bring the window before the others."""
        self.tools.bus.post(self._come_forward)

    def quit(self) -> None:
        """Close the program, after a question when something is not saved or waits to be sent."""
        reason = self._reason_to_stay()
        if not reason:
            self.close()
            return
        say = self.tools.speech.say
        ask(
            self.root,
            say(N_("Close the program?")),
            reason,
            yes=say(N_("Close the program")),
            no=say(N_("Keep working")),
            then=self.close,
        )

    def close(self) -> None:
        """Give everything back; the window is gone at once, the threads after a moment."""
        with contextlib.suppress(CallManagerError):  # a full disk keeps nobody from closing
            self._file.write({PLACE: self._remembered_place()})
        self.root.withdraw()
        self.root.after_cancel(self._ticking)
        self._drop_view()
        self._end_work()
        self.session.close()
        self.tools.background.close()
        self.root.destroy()

    def sign_out(self) -> None:
        """End the session, after a question during a call and when changes wait to be sent."""
        call, unsent = self._call_at_hand(), self.session.unsent
        if not unsent and not call:
            self.session.sign_out()
            return
        say = self.tools.speech.say
        waiting = N_(
            "%(count)s changes wait for the server. They stay on this PC and are sent when you sign in here again."
        )
        lines = [call, say(waiting, count=unsent) if unsent else ""]
        ask(
            self.root,
            say(N_("Sign out during a call?") if call else N_("Not everything is sent")),
            " ".join(line for line in lines if line),
            yes=say(N_("Sign out")),
            no=say(N_("Keep working")),
            then=self.session.sign_out,
            is_dangerous=True,
        )

    def change_password(self) -> None:
        """A dialog with the form; it closes when the server has taken the new one."""
        form = self.session.change_password()
        if form is None:
            return
        dialog = Dialog(self.root, self.tools.speech.say(N_("Change password…")), width=PASSWORD_WIDTH)
        view = ChangePasswordView(dialog.body, form, self._kit, dialog.close)
        view.pack(fill="both", expand=True)
        dialog.closed.connect(self.session.keep_password)
        self._kit.listen(view, self.session.changed, lambda: self._close_when_left(dialog))
        dialog.open(view.old.field)

    def _close_when_left(self, dialog: Dialog) -> None:
        if self.session.stage is not SessionStage.SIGNED_IN:
            dialog.close()

    def _listen(self) -> None:
        self.session.changed.connect(self._follow)
        self.session.opened.connect(self._begin_work)
        self.session.warned.connect(lambda error: self._kit.toast(self._kit.explain(error), is_error=True))
        self.session.happened.connect(self._hear)
        self.session.asked.connect(self._put)
        self.preferences.changed.connect(self._restyle)
        self.root.protocol("WM_DELETE_WINDOW", self.quit)
        self.root.report_callback_exception = self._report
        for command, work in (
            ("window.quit", self.quit),
            ("me.sign_out", self.sign_out),
            ("me.password", self.change_password),
        ):
            self.board.bind(command, work)

    def _put(self, question: SendingQuestion) -> None:
        """Ask before something goes to another server: Enter, Esc and closing say no."""
        say, given = self.tools.speech.say, question.params
        ask(
            self.root,
            say(question.title, **given),
            say(question.text, **given),
            yes=say(question.yes, **given),
            no=say(question.no, **given),
            then=question.agree,
            is_dangerous=True,
        )

    def _reason_to_stay(self) -> str:
        say, unsent = self.tools.speech.say, self.session.unsent
        lines = [self._call_at_hand()] if self._call_at_hand() else []
        if self.models is not None and self.models.card.now.has_unsaved:
            lines.append(say(N_("What you were writing is not saved. It stays on this PC as a draft.")))
        if self.models is not None and (self.models.importing.sending.is_under_way or self.models.exporting.is_running):
            lines.append(say(N_("A file is on its way; it stops when the program closes.")))
        if unsent:
            message = N_("%(count)s changes wait for the server. They stay on this PC and are sent the next time.")
            lines.append(say(message, count=unsent))
        return " ".join(lines)

    def _call_at_hand(self) -> str:
        """What a call speaks against leaving; "" without one."""
        return "" if self.models is None else self.models.calling.call.reason_to_stay

    def _tick(self) -> None:
        """Give the bus its turn. It comes again also after an error, which Tk reports.

        While something is left it comes at once, with no more than a breath for the screen: a bus that is slower than
        what a busy office posts falls behind without end.
        """
        is_left = True
        try:
            is_left = self.tools.bus.drain()
        finally:
            self._ticking = self.root.after(BREATH_MILLISECONDS if is_left else TICK_MILLISECONDS, self._tick)

    def _begin_work(self, workplace: Workplace) -> None:
        self.models = SignedInModels(self.tools, workplace, self.preferences, self.board, self._safe)

    def _hear(self, event: WorkEvent) -> None:
        if self.models is not None:
            self.models.hear(event)

    def _follow(self) -> None:
        """Another screen when the session is elsewhere; the screens follow the rest by themselves."""
        session = self.session
        form = session.form if session.stage is SessionStage.MUST_CHANGE else None
        where = (session.stage, form, session.workplace)
        if where != self._shown:
            self._shown = where
            self._show()

    def _restyle(self) -> None:
        if self.session.entered is not None:  # what the server says comes in the same language
            self.session.entered.remote.language = self.tools.speech.language
        self._styling.apply(self.preferences.appearance, self.preferences.scale)
        self._show()

    def _show(self) -> None:
        self._drop_view()
        self._view = self._build()
        self._view.pack(fill="both", expand=True)
        self._main.follow(self._view, self.models.note_typing if self.models is not None else None)
        self.root.title(self._title())

    def _drop_view(self) -> None:
        if self._view is not None:
            self._view.destroy()
        self._view = None

    def _build(self) -> Any:
        kit, root = self._kit, self.root
        if self.session.stage is SessionStage.SIGNED_IN and self.models is not None:
            return ShellView(root, self.models, kit)
        self._end_work()
        view = self._build_entrance()
        LanguageButton(view, self.preferences, kit).place(relx=1.0, x=-8, y=8, anchor="ne")
        return view

    def _build_entrance(self) -> Any:
        session, kit, root = self.session, self._kit, self.root
        if session.stage is SessionStage.CHOOSING:
            back = session.start if session.address else None
            return FirstStartView(root, session.choice, kit, session.error, back)
        if session.stage is SessionStage.MUST_CHANGE and session.form is not None:
            return ChangePasswordView(root, session.form, kit, session.leave_form, is_forced=True)
        if session.stage is SessionStage.STARTING:
            return StartingView(root, session, kit)
        return LoginView(root, session, kit)

    def _end_work(self) -> None:
        """What was typed is on the disk before the store is closed."""
        models, self.models = self.models, None
        if models is not None:
            models.calling.close()
            models.card.shut()
        self.board.place(Situation())

    def _title(self) -> str:
        entered = self.session.entered
        if not entered or not self.models:
            return "CallManager"
        return " · ".join(filter(None, (entered.user.username, entered.user.office, "CallManager")))

    def _report(self, _kind: type[BaseException], error: BaseException, _trace: TracebackType | None) -> None:
        self._crashes.write(error)
        self._kit.toast(
            self.tools.speech.say(N_("Something went wrong here. It is written in %(file)s."), file=self._crashes.path),
            is_error=True,
        )

    def _tell_of_crash(self) -> None:
        say, crashes = self.tools.speech.say, self._crashes
        crashes.mark_seen()
        ask(
            self.root,
            say(N_("The program had a problem the last time")),
            say(
                N_("What happened is written in %(file)s. It was sent to nobody; IT may ask you for it."),
                file=crashes.path,
            ),
            yes=say(N_("Open the folder")),
            no=say(N_("Go on")),
            then=lambda: show_folder(crashes.folder),
        )

    def _come_forward(self) -> None:
        self.root.deiconify()
        self.root.lift()
        self.root.attributes("-topmost", 1)
        self.root.after(200, lambda: self.root.attributes("-topmost", 0))
        self.root.focus_force()

    def _place(self) -> None:
        """Where it was the last time, as far as that is on the screen."""
        root = self.root
        factor: float = customtkinter.ScalingTracker.get_window_scaling(root)
        root.minsize(*(round(length / factor) for length in SMALLEST))  # its own, which outlives a change of scale
        place = self.preferences.recall(PLACE, {})
        screen = (root.winfo_screenwidth(), root.winfo_screenheight())
        tkinter.Wm.wm_geometry(root, _fitting(place, screen))
        if place.get("is_zoomed"):
            _zoom(root)

    def _remembered_place(self) -> dict[str, Any]:
        root = self.root
        if _is_zoomed(root):
            return {**self.preferences.recall(PLACE, {}), "is_zoomed": True}
        return {
            "width": root.winfo_width(),
            "height": root.winfo_height(),
            "left": root.winfo_x(),
            "top": root.winfo_y(),
            "is_zoomed": False,
        }


def _fitting(place: dict[str, Any], screen: tuple[int, int]) -> str:
    width = min(max(int(place.get("width", USUAL[0])), SMALLEST[0]), screen[0])
    height = min(max(int(place.get("height", USUAL[1])), SMALLEST[1]), screen[1])
    left = min(max(int(place.get("left", (screen[0] - width) // 2)), 0), screen[0] - width)
    top = min(max(int(place.get("top", (screen[1] - height) // 3)), 0), screen[1] - height)
    return f"{width}x{height}+{left}+{top}"


def _is_zoomed(root: tkinter.Tk) -> bool:
    try:
        return root.state() == "zoomed" or bool(root.attributes("-zoomed"))
    except tkinter.TclError:  # Windows knows the state, X11 the attribute
        return False


def _zoom(root: tkinter.Tk) -> None:
    try:
        root.attributes("-zoomed", 1)
    except tkinter.TclError:
        root.state("zoomed")
