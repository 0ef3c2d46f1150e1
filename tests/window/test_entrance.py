"""The way in through real windows, with the keyboard, against a real server; and what happens around it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import tkinter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import customtkinter
import pytest

from callmanager.desktop.background import BREATH_MILLISECONDS
from callmanager.desktop.models.calling.call import Stage as CallStage
from callmanager.desktop.models.session import PcSurroundings, SessionStage
from callmanager.desktop.pc.configured import Configured
from callmanager.desktop.pc.crash_log import CrashLog
from callmanager.desktop.views.entrance import ChangePasswordView, FirstStartView, LoginView
from callmanager.desktop.views.language import LanguageButton
from callmanager.desktop.views.shell import ShellView
from callmanager.desktop.widgets.collecting import collect_in_window, collect_the_rest
from callmanager.desktop.widgets.dialog import Dialog
from callmanager.desktop.widgets.focusing import focus_on
from callmanager.desktop.window import SMALLEST, Window
from callmanager.domain.clock import SystemClock
from tests.desktop.session_desk import MemorySafe
from tests.live_server import RunningServer, environment, start_server
from tests.window.cut_off import find_cut_off
from tests.window.pressing import focused, take_focus
from tests.window.screens import open_dialogs

ROOT = Path(__file__).resolve().parents[2]
WAIT_SECONDS = 60.0
NEW = "cuatro nubes sin lluvia"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    with start_server(tmp_path_factory.mktemp("server")) as running:
        yield running


class Seat:
    """One start of the window on a PC of its own."""

    def __init__(self, folder: Path, configured: Configured) -> None:
        collect_the_rest()  # of a seat before this one
        self.root = customtkinter.CTk()
        collect_in_window(self.root, sets_aside=False)  # tests/conftest.py has done it
        self.crashes = CrashLog(folder, SystemClock())
        self.safe = MemorySafe()
        self.window = Window(
            self.root,
            lambda _tools, preferences: PcSurroundings(folder, preferences, self.safe, configured, "PC-7", list),
            folder,
            self.crashes,
        )
        self.errors: list[BaseException] = []
        self.root.report_callback_exception = lambda _kind, error, _trace: self.errors.append(error)
        self.window.preferences.speak("en")
        self.window.open()

    def until(self, is_true: Callable[[], object]) -> None:
        end = time.monotonic() + WAIT_SECONDS
        while not is_true():
            assert time.monotonic() < end, (self.window.session.stage, self.window.session.error, self.errors)
            self.root.update()
            time.sleep(0.005)
        self.root.update()
        assert not self.errors, self.errors

    def view(self, kind: type[Any]) -> Any:
        """The view of that kind, once it is shown."""
        self.until(lambda: isinstance(self.window._view, kind))
        return self.window._view

    def dialog(self) -> Dialog:
        """The question that is open, once the keys go to it."""
        self.until(lambda: [one for one in open_dialogs(self.root) if one.grab_status()])
        (dialog,) = open_dialogs(self.root)
        focused(dialog)
        return dialog

    def write(self, field: Any, text: str) -> None:
        """Put text into a field of the entrance, as pasting does."""
        focus_on(field.field)
        entry = field.field._entry
        entry.delete(0, "end")
        entry.insert(0, text)
        self.root.update()

    def press(self, field: Any, key: str) -> None:
        focused(field.field._entry).event_generate(f"<{key}>")
        self.root.update()

    def sign_in_first(self) -> Any:
        """The first sign-in of the first user, who has to choose a password; the shell that he comes to."""
        login = self.view(LoginView)
        self.window.session.username, self.window.session.password = "admin", "1234"
        login._submit()
        change = self.view(ChangePasswordView)
        self.write(change.new, NEW)
        self.write(change.confirm, NEW)
        self.press(change.confirm, "Return")
        return self.view(ShellView)


@pytest.fixture
def sit(display: str, tmp_path: Path) -> Iterator[Callable[..., Seat]]:
    del display
    seats: list[Seat] = []

    def sit_down(**configured: str) -> Seat:
        seats.append(Seat(tmp_path, Configured(**configured)))
        return seats[-1]

    yield sit_down
    for seat in seats:
        try:
            exists = seat.root.winfo_exists()
        except tkinter.TclError:
            continue
        if exists:
            seat.window.close()
    seats.clear()
    collect_the_rest()


def test_a_key_goes_to_another_server_by_nothing_but_a_yes(sit: Callable[..., Seat], server: RunningServer) -> None:
    own = "http://192.0.2.1:5000"
    seat = sit(api_key="cm_of_another_office", key_server=own)
    seat.window.preferences.speak("es")
    first = seat.view(FirstStartView)
    seat.write(first.address, server.url)
    seat.press(first.address, "Return")
    login = seat.view(LoginView)
    assert login.username.field.winfo_exists()
    for no in ("Return", "Escape"):
        dialog = seat.dialog()
        text = shown_text(dialog)
        assert own in text
        assert server.url in text
        assert "clave" in text
        assert [str(cut) for cut in find_cut_off(dialog)] == []
        time.sleep(0.1)  # the view below has taken the cursor by now, if it ever does
        seat.root.update()
        holder = dialog.focus_get()
        assert holder is not None
        assert holder.winfo_toplevel() is dialog, "the keys go to the question"
        holder.event_generate(f"<{no}>")
        seat.until(lambda: not open_dialogs(seat.root))
        assert seat.window.session.stage is SessionStage.SIGNING_IN
        assert seat.window.session.error is None, "nothing was sent, so nothing was refused"
        seat.window.session.sign_in_by_key()
    dialog = seat.dialog()
    holder = dialog.focus_get()
    assert holder is not None
    holder.event_generate("<Shift-Tab>")
    seat.root.update()
    yes = dialog.focus_get()
    assert yes is not None
    assert shown_text(yes).strip() == "Enviar la clave"
    yes.event_generate("<space>")
    seat.until(lambda: seat.window.session.error is not None and not seat.window.session.is_busy)
    assert isinstance(seat.window._view, LoginView)


def test_from_the_first_start_to_the_list_with_the_keyboard(sit: Callable[..., Seat], server: RunningServer) -> None:
    seat = sit()
    first = seat.view(FirstStartView)
    seat.write(first.address, "127.0.0.1:1")
    seat.press(first.address, "Return")
    seat.until(lambda: seat.window.session.choice.error is not None)
    seat.write(first.address, server.url)
    seat.press(first.address, "Return")

    login = seat.view(LoginView)
    seat.write(login.username, "admin")
    seat.write(login.password, "wrong")
    seat.press(login.password, "Return")
    seat.until(lambda: seat.window.session.error is not None)
    assert login.password.field.get() == ""
    seat.write(login.password, "1234")
    seat.press(login.password, "Return")

    change = seat.view(ChangePasswordView)
    assert not change.old.winfo_ismapped()
    seat.write(change.new, NEW)
    assert change.save.cget("state") == "disabled"
    seat.write(change.confirm, NEW)
    seat.press(change.confirm, "Return")
    seat.view(ShellView)
    assert seat.root.title().startswith("admin")
    seat.window.board.run("me.sign_out")
    seat.view(LoginView)


def test_language_theme_and_size_change_while_one_types(sit: Callable[..., Seat], server: RunningServer) -> None:
    seat = sit(server=server.url)
    login = seat.view(LoginView)
    seat.write(login.username, "ana")
    for work in (
        lambda: seat.window.preferences.speak("es"),
        lambda: seat.window.preferences.appear("dark"),
        lambda: seat.window.preferences.resize(150),
        lambda: seat.window.preferences.resize(100),
    ):
        work()
        seat.root.update()
        assert seat.view(LoginView).username.field.get() == "ana"


def test_an_error_in_a_callback_is_written_and_told_and_the_next_start_says_so(
    sit: Callable[..., Seat], tmp_path: Path
) -> None:
    seat = sit()
    seat.root.report_callback_exception = seat.window._report
    secret = "secreto-8888"
    seat.root.after(1, lambda: int(secret))
    seat.until(seat.crashes.has_news)
    assert "ValueError" in seat.crashes.path.read_text("utf-8")
    assert secret not in seat.crashes.path.read_text("utf-8")
    seat.window.close()
    again = sit()
    again.until(lambda: not again.crashes.has_news())
    assert list(tmp_path.glob("crash*"))


def test_the_place_of_the_window_is_found_again(sit: Callable[..., Seat]) -> None:
    seat = sit()
    seat.view(FirstStartView)
    tkinter.Wm.wm_geometry(seat.root, "1000x640+120+80")
    seat.until(lambda: seat.root.winfo_width() == 1000)
    seat.window.close()
    again = sit()
    again.until(lambda: (again.root.winfo_width(), again.root.winfo_height()) == (1000, 640))
    assert (again.root.winfo_x(), again.root.winfo_y()) == (120, 80)


def test_a_dialog_changes_the_password_and_the_work_begins_anew(
    sit: Callable[..., Seat], tmp_path_factory: pytest.TempPathFactory
) -> None:
    with start_server(tmp_path_factory.mktemp("other")) as server:
        seat = sit(server=server.url)
        shell = seat.sign_in_first()
        seat.until(lambda: seat.window.board.is_allowed("me.password"))
        seat.window.board.run("me.password")
        form = seat.window.session.form
        assert form is not None
        for name, text in (("old", NEW), ("new", NEW + " hoy"), ("confirm", NEW + " hoy")):
            form.type(name, text)
        form.submit()
        seat.until(lambda: isinstance(seat.window._view, ShellView) and seat.window._view is not shell)
        assert seat.window.session.stage is SessionStage.SIGNED_IN
        seat.window.close()


def test_what_piles_up_for_the_window_is_done_without_waiting_between(sit: Callable[..., Seat]) -> None:
    """A busy office posts faster than one bite every 20 ms takes away; the screen still gets its turns in between."""
    seat = sit()
    waits: list[int] = []
    after = seat.root.after
    seat.root.after = lambda wait, *work: (waits.append(wait), after(wait, *work))[1]  # type: ignore[method-assign]
    done: list[int] = []
    for number in range(40):
        seat.window.tools.bus.post(lambda number=number: (time.sleep(0.004), done.append(number)))
    seat.until(lambda: len(done) == 40)
    assert done == sorted(done)
    assert waits.count(BREATH_MILLISECONDS) >= 10
    seat.window.close()


def program(*arguments: str, **environ: str) -> list[Any]:
    command = [sys.executable, "call_manager_app.py", *arguments]
    return [command, {"cwd": ROOT / "client", "env": {**environment(), "DISPLAY": os.environ["DISPLAY"], **environ}}]


def test_the_launcher_opens_one_window_and_a_second_start_brings_it_forward(display: str, tmp_path: Path) -> None:
    del display
    command, how = program("--data", str(tmp_path))
    with subprocess.Popen(command, **how) as first:
        end = time.monotonic() + WAIT_SECONDS
        while not (tmp_path / "window.json").exists() and first.poll() is None and time.monotonic() < end:
            time.sleep(0.05)
        second = subprocess.run(command, **how, timeout=WAIT_SECONDS, check=False)
        assert second.returncode == 0
        assert first.poll() is None
        first.kill()
    assert not (tmp_path / "crash.log").exists()
    command, how = program("--self-test", "--data", str(tmp_path))  # the lock of a killed window is free
    assert subprocess.run(command, **how, timeout=WAIT_SECONDS, capture_output=True, check=False).returncode == 0


def test_the_self_test_says_what_works_here(display: str, tmp_path: Path, server: RunningServer) -> None:
    del display
    report = tmp_path / "report.json"
    command, how = program("--self-test", str(report), "--data", str(tmp_path), CALLMANAGER_SERVER_URL=server.url)
    assert subprocess.run(command, **how, timeout=WAIT_SECONDS, check=False).returncode == 0
    found = json.loads(report.read_text("utf-8"))
    assert found["ok"]
    assert found["server"]["address"] == server.url
    command, how = program("--self-test", str(report), "--data", str(tmp_path), "--server", "http://127.0.0.1:1")
    assert subprocess.run(command, **how, timeout=WAIT_SECONDS, check=False).returncode == 1
    assert json.loads(report.read_text("utf-8"))["server"]["code"] == "port_closed"


def test_the_least_size_holds_after_another_scale(sit: Callable[..., Seat]) -> None:
    seat = sit()
    seat.view(FirstStartView)
    for scale in (150, 90):
        seat.window.preferences.resize(scale)
        seat.root.update()
        seat.until(lambda: tkinter.Wm.wm_minsize(seat.root) == SMALLEST)


def test_the_language_changes_at_the_corner_before_signing_in(sit: Callable[..., Seat]) -> None:
    seat = sit()
    view = seat.view(FirstStartView)
    (button,) = [child for child in view.winfo_children() if isinstance(child, LanguageButton)]
    assert button.cget("text") == "es · EN"
    take_focus(button)
    button.event_generate("<space>")
    seat.until(lambda: seat.window.preferences.language == "es" and seat.window._view is not view)
    (button,) = [child for child in seat.view(FirstStartView).winfo_children() if isinstance(child, LanguageButton)]
    assert button.cget("text") == "ES · en"


@pytest.mark.parametrize("scale", [100, 150])
def test_the_dialog_for_a_new_password_is_seen_whole_or_scrolls(
    sit: Callable[..., Seat], tmp_path_factory: pytest.TempPathFactory, scale: int
) -> None:
    with start_server(tmp_path_factory.mktemp(f"scaled{scale}")) as server:
        seat = sit(server=server.url)
        seat.window.preferences.resize(scale)
        seat.sign_in_first()
        workplace = seat.window.session.workplace
        assert workplace is not None
        seat.window.preferences.speak("es")
        assert workplace.remote.language == "es", "the server answers in the language of the window"
        seat.until(lambda: seat.window.board.is_allowed("me.password"))
        seat.window.board.run("me.password")
        seat.until(lambda: open_dialogs(seat.root))
        assert [str(cut) for cut in find_cut_off(seat.root) if "dialog" in cut.where] == []
        seat.window.close()


def test_closing_and_signing_out_ask_first_while_a_call_has_no_outcome(
    sit: Callable[..., Seat], tmp_path_factory: pytest.TempPathFactory
) -> None:
    with start_server(tmp_path_factory.mktemp("calling")) as server:
        seat = sit(server=server.url)
        seat.sign_in_first()
        models = seat.window.models
        assert models is not None
        models.calling.call._stage = CallStage.UP
        for key, title in (("Control-q", "Close the program?"), ("Control-Shift-Q", "Sign out during a call?")):
            focused(seat.root).event_generate(f"<{key}>")
            seat.until(lambda: open_dialogs(seat.root))
            (dialog,) = open_dialogs(seat.root)
            assert dialog.title() == title
            assert "A call is up." in shown_text(dialog)
            focused(dialog).event_generate("<Escape>")
            seat.until(lambda: not open_dialogs(seat.root))
        assert seat.window.session.stage is SessionStage.SIGNED_IN
        seat.window.close()


def shown_text(widget: tkinter.Misc) -> str:
    """All labels below a widget."""
    own = str(widget.cget("text")) if isinstance(widget, tkinter.Label) else ""
    return " ".join([own, *(shown_text(child) for child in widget.winfo_children())])
