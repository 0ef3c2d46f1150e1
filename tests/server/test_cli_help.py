"""What the command line says of itself, in both languages, and how it fails."""

import re
import subprocess
import sys
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from callmanager.cli import main as entry
from callmanager.cli.main import COMMANDS, main, root
from callmanager.cli.spoken import CLICK_PLURALS, CLICK_TEXTS, METAVARS, speak
from tests.server.cli_program import Here, run

ENGLISH = re.compile(r"Usage:|Options:|Show this|Commands:|COMMAND\b|TEXT\b|INTEGER|DIRECTORY|FILE\b|USER\b|TEAM\b")


@pytest.fixture(autouse=True)
def _spanish_again() -> Iterator[None]:
    yield
    speak("es")


@pytest.fixture
def here(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Here:
    return Here(tmp_path, capsys)


def walk(command: click.Command, *path: str) -> Iterator[tuple[str, ...]]:
    yield path
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            found = command.get_command(context, name)
            assert found is not None
            yield from walk(found, *path, name)


PATHS = list(walk(root))


@pytest.mark.parametrize("path", PATHS, ids=" ".join)
def test_the_help_of_every_command_is_wholly_spanish_or_english(path: tuple[str, ...]) -> None:
    for language in ("es", "en"):
        speak(language)
        shown = CliRunner().invoke(root, [*path, "--help"], prog_name="callmanager")
        assert shown.exit_code == 0
        assert ("Uso:" if language == "es" else "Usage:") in shown.output
        if language == "es":
            assert ENGLISH.findall(shown.output) == []
            assert "Mostrar esta ayuda y salir." in shown.output


@pytest.mark.parametrize("path", PATHS, ids=" ".join)
def test_every_placeholder_of_a_value_can_be_said_in_spanish(path: tuple[str, ...]) -> None:
    command: click.Command = root
    for name in path:
        found = command.get_command(click.Context(command), name) if isinstance(command, click.Group) else None
        assert found is not None
        command = found
    assert {param.metavar for param in command.params if param.metavar} <= {*METAVARS}


def test_the_documented_commands_are_there() -> None:
    named = {" ".join(path) for path in PATHS}
    assert {*COMMANDS} == {
        "serve",
        "init",
        "demo",
        "user",
        "team",
        "key",
        "import",
        "do-not-call",
        "export",
        "backup",
        "audit",
        "doctor",
        "tls",
        "watch",
    }
    assert {"audit verify", "tls init", "backup drill", "import undo", "user set-password"} <= named


def test_the_words_that_we_put_into_clicks_mouth_are_clicks() -> None:
    source = "".join(path.read_text("utf-8") for path in Path(click.__file__).parent.glob("*.py"))
    said = [*CLICK_TEXTS, *chain.from_iterable(CLICK_PLURALS)]
    missing = [text for text in said if repr(text)[1:-1] not in source and text not in source]
    assert missing == []


def test_a_wrong_option_is_explained_in_the_callers_language(here: Here) -> None:
    said = here("serve", "--prot", "1", lang="es")
    assert said.code == 2
    assert "No existe la opción '--prot'." in said.err
    assert "Usage" not in said.err
    assert here("user", "ad", lang="es").code == 2


def test_clicks_own_words_are_spanish_for_one_and_for_many(here: Here) -> None:
    assert "¿Quiso decir '--json'?" in here("doctor", "--jso", lang="es").err
    assert "(¿Quiso decir una de estas: '--host', '--port'?)" in here("serve", "--prot", "1", lang="es").err
    assert "Sobra este argumento: 1" in here("serve", "1", lang="es").err
    assert "Sobran estos argumentos: 1 2" in here("serve", "1", "2", lang="es").err
    assert "Got unexpected extra arguments (1 2)" in here("serve", "1", "2", lang="en").err


def test_the_language_of_the_pc_does_not_mix_into_that_of_the_command(
    here: Here, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in (("LANGUAGE", "es"), ("LC_ALL", "es_ES.UTF-8"), ("LANG", "es_ES.UTF-8")):
        monkeypatch.setenv(name, value)
    assert "Usage:" in here("--help", lang="en").out
    for name, value in (("LANGUAGE", "en"), ("LC_ALL", "C"), ("LANG", "en_US.UTF-8")):
        monkeypatch.setenv(name, value)
    assert "Uso:" in here("--help", lang="es").out


def test_the_language_is_that_of_the_settings_unless_given(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "config.py").write_text('LANGUAGE = "en"\n', "utf-8")
    assert main(["--home", str(tmp_path), "--help"]) == 0
    assert "Usage:" in capsys.readouterr().out
    assert main(["--home", str(tmp_path), "--lang=es", "--help"]) == 0
    assert "Uso:" in capsys.readouterr().out


def test_a_wrong_setting_is_one_sentence_without_traceback(here: Here) -> None:
    (here.home / "config.py").write_text("SERVER_PRT = 1\n", "utf-8")
    said = here("user", "list", lang="es")
    assert (said.code, said.out) == (1, "")
    assert said.err == "config.py:1: no existe el ajuste SERVER_PRT. ¿Quiso decir SERVER_PORT?\n"


def test_what_nobody_thought_of_gets_a_number_and_its_traceback_goes_to_the_log(
    here: Here, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = ("tests.server.cli_program:nothing_of_this_name", "Broken.")
    monkeypatch.setitem(root._lazy, "broken", broken)
    monkeypatch.setitem(entry.COMMANDS, "broken", broken)
    said = here("broken")
    assert said.code == 1
    assert "AttributeError" not in said.err
    number = said.err.split("number ")[1].split(";")[0]
    log = (here.home / "callmanager.log").read_text("utf-8")
    assert number in log
    assert "Traceback" in log


def test_the_module_is_the_command(tmp_path: Path) -> None:
    assert "CallManager" in run(tmp_path, "--version").out
    assert run(tmp_path, "nothing").code == 2


def test_a_reader_that_has_seen_enough_ends_the_command_quietly(tmp_path: Path) -> None:
    program = "import sys; from callmanager.cli.main import main; sys.exit(main(['--help']))"
    done = subprocess.run(
        f'"{sys.executable}" -c "{program}" | head -n 1',
        shell=True,
        cwd=Path(__file__).resolve().parents[2],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert "Traceback" not in done.stderr


def test_serve_loads_neither_rich_nor_the_other_commands(tmp_path: Path) -> None:
    program = (
        "import sys; from callmanager.cli.main import main; main(['serve', '--help'])\n"
        "print([name for name in sys.modules if name.partition('.')[0] in ('rich', 'sqlalchemy', 'cryptography')])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=Path(__file__).resolve().parents[2],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.splitlines()[-1] == "[]"
