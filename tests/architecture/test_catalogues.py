"""Every sentence of the program is there in Spanish, whole and with the same values."""

import ast
import gettext
import subprocess
import sys
from collections.abc import Iterator
from io import BytesIO, StringIO
from pathlib import Path
from typing import ClassVar

import pytest
from babel.messages.pofile import read_po

from callmanager import i18n
from callmanager.i18n import catalogue, choose_language, sentence
from deploy.write_catalogue import compiled

ROOT = Path(__file__).resolve().parents[2]
SPANISH = ROOT / "callmanager" / "i18n" / "es" / "callmanager.po"


def test_every_sentence_is_translated_and_nothing_is_left_over() -> None:
    command = [sys.executable, "deploy/write_catalogue.py", "--check"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, encoding="utf-8", check=False)
    assert done.returncode == 0, f"{done.stdout}{done.stderr}run: python deploy/write_catalogue.py and translate"


def translations() -> Iterator[tuple[tuple[str, ...], tuple[str, ...]]]:
    """Each msgid of the .po file with its translation; both are two where they depend on a number."""
    with SPANISH.open("rb") as file:
        for one in read_po(file):
            if one.id:
                yield (
                    tuple([one.id] if isinstance(one.id, str) else one.id),
                    ((one.string,) if isinstance(one.string, str) else tuple(one.string)),
                )


MSGIDS = {text for texts, _translations in translations() for text in texts}


def test_what_the_program_reads_is_what_translators_wrote() -> None:
    spanish = catalogue("es")
    for (one, *many), (translation, *others) in translations():
        assert spanish.gettext(one) == translation
        assert not many or spanish.ngettext(one, many[0], 2) == others[0]


@pytest.mark.parametrize(
    ("entry", "found"),
    [
        ('msgid "a"\nmsgstr "b"', {"a": "b"}),
        ('msgid ""\n"a "\n"b"\nmsgstr ""\n"c\\n"\n"\\"d\\""', {"a b": 'c\n"d"'}),
        ('msgid "a"\nmsgid_plural "as"\nmsgstr[0] "b"\nmsgstr[1] "bs"', {"a": "b"}),
        ('msgid "a"\nmsgid_plural "as"\nmsgstr[0] "b"\nmsgstr[1] ""', {"a": "a"}),
        ('#, fuzzy\nmsgid "a"\nmsgstr "b"', {"a": "a"}),
        ('#, fuzzy, python-format\nmsgid "a"\nmsgstr "b"', {"a": "a"}),
        ('#~ msgid "a"\n#~ msgstr "b"', {"a": "a"}),
        ('msgid "a"\nmsgstr ""', {"a": "a"}),
    ],
)
def test_only_finished_translations_are_taken(entry: str, found: dict[str, str]) -> None:
    head = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8"\n'
    catalogue_file = BytesIO(compiled(read_po(StringIO(f"{head}\n{entry}\n"), locale="es")))
    read = gettext.GNUTranslations(catalogue_file)
    assert {msgid: read.gettext(msgid) for msgid in found} == found


@pytest.mark.parametrize("language", ["es", "en", "xx", "../es"])
def test_a_sentence_never_fails_whatever_its_values(language: str) -> None:
    for message in (*MSGIDS, "100 % sure", "%(a", "%(n)d", "%s", "%", ""):
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
    files = [path.relative_to(SPANISH.parent) for path in Path(i18n.__file__).parent.glob("*/**/*.?o")]
    assert sorted(map(str, files)) == [str(Path("LC_MESSAGES", "callmanager.mo")), "callmanager.po"]


def marked(text: str) -> list[ast.Call]:
    calls = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call)]
    return [call for call in calls if isinstance(call.func, ast.Name) and call.func.id in ("N_", "NN_")]


def test_what_is_marked_is_a_constant_and_was_collected() -> None:
    """The collector sees neither names nor what stands inside an f-string."""
    for path in (ROOT / "callmanager").rglob("*.py"):
        for call in marked(path.read_text("utf-8")):
            for message in call.args:
                assert isinstance(message, ast.Constant), f"{path.name}:{call.lineno}"
                assert message.value in MSGIDS, f"{path.name}:{call.lineno}"
