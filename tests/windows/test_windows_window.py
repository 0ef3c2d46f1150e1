"""The window on Windows, as far as Wine shows it: from the checkout, by the documented line, and as a folder.

It shows contacts, and dials one through its bridge into a likeness of InterPhone.

Fonts and frames are Wine's, so nothing is judged by its looks. Programs to give away are built on Windows itself.
"""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.end_to_end.fresh_copy import copy_checkout
from tests.end_to_end.shown_call import check_contact_is_dialled, choose_interphone
from tests.end_to_end.shown_program import Crashed, check_contacts_are_shown
from tests.hidden_screens import open_screen
from tests.server.live_office import LiveOffice
from tests.softphones.interphone_behaviour import NUMBER, Desk
from tests.windows.windows_phones import WindowsStand, make_phone
from tests.windows.windows_programs import PYTHON, end_all, line, own_process, run, windows_path

pytestmark = pytest.mark.windows

LINE = "--noconfirm --onefile --windowed --name CallManager call_manager_app.py"
"""What follows `pyinstaller` in the documents."""

FAULT_OF_WINE = "libfreetype"
"""Wine 8 now and then reads a font that it has let go, and ends the program; its backtrace names the library."""

ATTEMPTS = 3
SECONDS = 120
BUILD_SECONDS = 600


@pytest.fixture(scope="module")
def screen() -> Iterator[str]:
    with open_screen("1400x900", with_hands=True) as name:
        yield name
        end_all()


@pytest.fixture
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveOffice]:
    opened = LiveOffice(tmp_path_factory.mktemp("office"))
    yield opened
    opened.server.kill()


@pytest.fixture
def copy() -> Iterator[Path]:
    """On a disk: beside a folder that is named dev, as in /dev/shm, Tcl for Windows does not find its own files."""
    with TemporaryDirectory() as folder:
        yield copy_checkout(Path(folder) / "copy", "callmanager", "client", "deploy")


def check_program(words: list[str], office: LiveOffice, screen: str, folder: Path) -> None:
    """`words` start the window: it tests itself, and shows contacts."""
    folder.mkdir()
    kept, report = windows_path(folder), windows_path(folder / "report.json")
    program, *rest = words
    arguments = [*rest, "--self-test", report, "--data", kept, "--server", office.url]
    run(Path(program), *arguments, screen=screen, folder=folder, seconds=SECONDS)
    found = json.loads((folder / "report.json").read_text("utf-8"))
    assert found["ok"]
    assert found["keyring"]["ok"]
    assert found["system"].startswith("Windows")
    assert found["sentences"]["es"] == "Entrar"
    assert found["is_frozen"] == program.endswith("CallManager.exe")
    try_again(lambda: check_contacts_are_shown(line(Path(program), *rest, "--data", kept), office, screen))
    assert not (folder / "crash.log").exists()


def try_again(check: Callable[[], None]) -> None:
    """Once more when it was Wine that ended the program."""
    for attempt in range(ATTEMPTS):
        try:
            check()
            break
        except Crashed as crash:
            if attempt + 1 == ATTEMPTS or FAULT_OF_WINE not in str(crash):
                raise


def check_bridge(words: list[str], stand: WindowsStand) -> None:
    """`words` start a bridge: it dials in the phone's window, and hangs up there."""
    phone = stand.start_phone("--other-side", "silent")
    program, *rest = words
    stand.bridge = tuple(own_process(Path(program), *rest, DISPLAY=stand.screen))
    desk = Desk(stand)
    try:
        desk.await_bridge()
        desk.driver.dial("a", NUMBER)
        desk.driver.hang_up("a")
    finally:
        desk.driver.close()
        phone.kill()
    assert phone.dialled == [NUMBER]
    assert phone.of("ended") == ["hung_up_here"]


def check_dialling(words: list[str], screen: str, stand: WindowsStand) -> None:
    """`words` start the window, and it dials a contact: the phone's own log has its digits, the server has the call."""
    program, *rest = words
    folders = (stand.folder / f"office-{attempt}" for attempt in range(ATTEMPTS))

    def check() -> None:
        folder = next(folders)
        folder.mkdir()
        office = LiveOffice(folder)
        phone = stand.start_phone("--other-side", "answers", "--answer-seconds", "0.5", "--minimised")
        kept = stand.folder / "kept"
        choose_interphone(kept)
        try:
            command = line(Path(program), *rest, "--data", windows_path(kept))
            check_contact_is_dialled(command, office, screen, phone)
        finally:
            phone.kill()
            office.close()

    try_again(check)


@pytest.fixture
def stand(tmp_path: Path, screen: str) -> Iterator[WindowsStand]:
    folder = tmp_path / "phone"
    folder.mkdir()
    opened = WindowsStand(folder, screen, make_phone(folder))
    yield opened
    opened.end()


def test_the_checkout_signs_in_and_shows_contacts(copy: Path, office: LiveOffice, screen: str) -> None:
    launcher = windows_path(copy / "client" / "call_manager_app.py")
    check_program([str(PYTHON), launcher], office, screen, copy / "kept")


def test_the_documented_line_makes_an_exe_that_shows_contacts_and_is_its_own_bridge(
    copy: Path, office: LiveOffice, screen: str, stand: WindowsStand
) -> None:
    client = copy / "client"
    run(PYTHON, "-m", "PyInstaller", *LINE.split(), screen=screen, folder=client, seconds=BUILD_SECONDS)
    program = str(client / "dist" / "CallManager.exe")
    check_program([program], office, screen, copy / "kept")
    check_bridge([program, "--phone-bridge", "win32"], stand)


def test_the_recommended_folder_shows_contacts_and_dials_one(
    copy: Path, office: LiveOffice, screen: str, stand: WindowsStand
) -> None:
    builder = windows_path(copy / "deploy" / "build_window.py")
    run(PYTHON, builder, screen=screen, folder=copy, seconds=BUILD_SECONDS)
    program = copy / "dist" / "CallManager" / "CallManager.exe"
    assert "ProductVersion".encode("utf-16-le") in program.read_bytes()
    check_program([str(program)], office, screen, copy / "kept")
    check_bridge([str(program.with_name("CallManagerBridge.exe")), "win32"], stand)
    check_dialling([str(program)], screen, stand)
