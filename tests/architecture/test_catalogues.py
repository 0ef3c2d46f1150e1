"""Every sentence of the program is there in Spanish, whole and with the same values."""

import ast
import subprocess
import sys
from pathlib import Path
from typing import ClassVar

import pytest
from babel.messages.pofile import read_po as babel_read_po

from callmanager import i18n
from callmanager.i18n import catalogue, choose_language, sentence
from callmanager.i18n.po_files import read_po

ROOT = Path(__file__).resolve().parents[2]
SPANISH = ROOT / "callmanager" / "i18n" / "es" / "callmanager.po"


def test_every_sentence_is_translated_and_nothing_is_left_over() -> None:
    command = [sys.executable, "deploy/write_catalogue.py", "--check"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, encoding="utf-8", check=False)
    assert done.returncode == 0, f"{done.stdout}{done.stderr}run: python deploy/write_catalogue.py and translate"


def test_our_reader_of_catalogues_reads_what_babel_reads() -> None:
    with SPANISH.open("rb") as file:
        expected = {str(one.id): str(one.string) for one in babel_read_po(file) if one.id and one.string}
    assert read_po(SPANISH.read_text("utf-8")) == expected


@pytest.mark.parametrize(
    ("entry", "found"),
    [
        ('msgid "a"\nmsgstr "b"', {"a": "b"}),
        ('msgid ""\n"a "\n"b"\nmsgstr ""\n"c\\n"\n"\\"d\\""', {"a b": 'c\n"d"'}),
        ('#, fuzzy\nmsgid "a"\nmsgstr "b"', {}),
        ('#, fuzzy, python-format\nmsgid "a"\nmsgstr "b"', {}),
        ('#~ msgid "a"\n#~ msgstr "b"', {}),
        ('msgid "a"\nmsgstr ""', {}),
        ('msgid ""\nmsgstr "Language: es"', {}),
    ],
)
def test_only_finished_translations_are_taken(entry: str, found: dict[str, str]) -> None:
    assert read_po(f"# head\n\n{entry}\n") == found


@pytest.mark.parametrize("language", ["es", "en", "xx", "../es"])
def test_a_sentence_never_fails_whatever_its_values(language: str) -> None:
    for message in (*catalogue("es"), "100 % sure", "%(a", "%(n)d", "%s", "%", ""):
        for params in (None, {}, {"name": None}, {"limit": "many", "n": "x"}):
            assert isinstance(sentence(message, language, params), str)


def test_a_missing_value_shows_its_name() -> None:
    assert sentence("Team %(name)s was made.", "en") == "Team name was made."


def test_a_value_that_is_itself_a_message_is_put_into_the_language_too() -> None:
    class Inner:
        message = "There is no file %(path)s."
        params: ClassVar = {"path": "x.db"}

    shown = sentence("The second copy was not made: %(problem)s", "es", {"problem": Inner()})
    assert shown == "No se hizo la segunda copia: No hay ningún archivo x.db."


def test_the_callers_language_is_chosen_by_preference() -> None:
    assert choose_language("fr, en;q=0.5, es;q=0.9", default="en") == "es"
    assert choose_language("fr", default="en") == "en"
    assert choose_language(None, default="es") == "es"


def test_there_is_no_other_catalogue() -> None:
    assert [path.parent.name for path in Path(i18n.__file__).parent.glob("*/*.po")] == ["es"]


def marked(text: str) -> list[ast.Call]:
    calls = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call)]
    return [call for call in calls if isinstance(call.func, ast.Name) and call.func.id == "N_"]


def test_what_is_marked_is_a_constant_and_was_collected() -> None:
    """The collector sees neither names nor what stands inside an f-string."""
    for path in (ROOT / "callmanager").rglob("*.py"):
        for call in marked(path.read_text("utf-8")):
            message = call.args[0]
            assert isinstance(message, ast.Constant), f"{path.name}:{call.lineno}"
            assert message.value in catalogue("es"), f"{path.name}:{call.lineno}"
