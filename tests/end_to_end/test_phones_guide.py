"""docs/telefonos.md tells what is there: words of the window, options, commands, digits, lines for other programs."""

from __future__ import annotations

import re
import subprocess
import sys

import phonenumbers
import pytest

from callmanager.desktop.models.calling.phone_settings import DRIVERS
from callmanager.i18n import sentence
from callmanager.softphones.formats import DialFormat, DialStyle, to_dial
from callmanager.softphones.interphone.profile import FILE_NAME, MOST_CONFIRM_SECONDS, Profile, default_profile
from callmanager.softphones.microsip import hook_lines
from callmanager.softphones.simulated import (
    ANSWERS,
    ANSWERS_AND_LEAVES,
    BUSY,
    DEAD,
    REFUSES,
    RINGS_IN_VAIN,
    script_by_last_digit,
)
from tests.live_server import ROOT, environment

GUIDE = (ROOT / "docs" / "telefonos.md").read_text("utf-8")
CATALOGUE = ROOT / "callmanager" / "i18n" / "es" / "callmanager.po"
OWN_WORDS = {"Condiciones", "Comprobarlo.", "Calibrarlo.", "Repartirlo.", "una sola", "sin cifrar"}
"""Bold for emphasis, or as small headings; not from the window."""
NOT_OF_THE_PROGRAM = {"Ejecutar como administrador"}
FORMS = {
    "como en el país": (DialStyle.NATIONAL, ""),
    "con prefijo internacional": (DialStyle.INTERNATIONAL, ""),
    "con +": (DialStyle.E164, ""),
    "como en el país, línea 9": (DialStyle.NATIONAL, "9"),
}


@pytest.fixture(scope="module")
def spoken() -> str:
    """Everything that the program says in Spanish."""
    text = re.sub(r'"\n"', "", CATALOGUE.read_text("utf-8"))
    lines = re.findall(r'^msgstr "(.*)"$', text, re.MULTILINE)
    return "\n".join(line.replace('\\"', '"') for line in lines).casefold()


def test_what_is_bold_or_quoted_is_said_by_the_program(spoken: str) -> None:
    bold = set(re.findall(r"\*\*(.+?)\*\*", GUIDE)) - OWN_WORDS
    quoted = set(re.findall(r"«(.+?)»", GUIDE)) - NOT_OF_THE_PROGRAM
    assert len(bold) > 15
    assert len(quoted) > 12
    assert [text for text in sorted(bold | quoted) if text.rstrip("….").casefold() not in spoken] == []


def test_every_phone_that_can_be_chosen_and_every_option_of_it_is_explained() -> None:
    for kind in DRIVERS.values():
        assert f"**{sentence(kind.label, 'es', {})}**" in GUIDE, kind.name
        for option in kind.options:
            assert f"**{sentence(option.label, 'es', {})}**" in GUIDE, (kind.name, option.name)
            for choice in option.choices:
                assert f"`{choice}`" in GUIDE


def test_the_digits_of_the_table_are_those_that_are_dialled() -> None:
    table = GUIDE[GUIDE.index("| desde |") :].split("\n\n")[0].splitlines()
    forms = [cell.strip() for cell in table[0].strip("|").split("|")][2:]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in table[2:]]
    assert {row[0] for row in rows} == {"CR", "ES"}
    for region, written, *digits in rows:
        e164 = phonenumbers.format_number(phonenumbers.parse(written), phonenumbers.PhoneNumberFormat.E164)
        for form, said in zip(forms, digits, strict=True):
            style, line = FORMS[form]
            assert to_dial(written, e164, DialFormat(region, style, line)).digits == said, (region, written, form)


def test_the_lines_for_other_programs_are_those_that_the_drivers_want() -> None:
    lines = hook_lines('"C:\\CallManager\\CallManager.exe" --phone-hook', 50600, "CLAVE")
    assert all(f"   {line}\n" in GUIDE for line in lines.splitlines())
    defaults = {option.name: option.default for option in DRIVERS["ami"].options}
    assert f"port = {defaults['port']}" in GUIDE
    assert f"(`{defaults['context']}`)" in GUIDE
    lab = (ROOT / "tests" / "sip_lab" / "phones.py").read_text("utf-8")
    for line in ("ctrl_tcp_listen", "call_max_calls", "ctrl_tcp.so"):
        assert line in GUIDE
        assert line in lab
    for rights in ("read = call,dialplan", "write = originate,call"):
        assert rights in GUIDE
        assert rights in (ROOT / "docs" / "softphones.md").read_text("utf-8")


def test_the_fields_of_the_profile_that_are_named_exist() -> None:
    assert f"`{FILE_NAME}`" in GUIDE
    for field in ("executables", "title", "confirm_seconds", "up"):
        assert f"`{field}`" in GUIDE
        assert field in Profile.__dataclass_fields__
    assert f"`confirm_seconds` (hasta {MOST_CONFIRM_SECONDS:g})" in GUIDE
    assert default_profile().executables == ("InterPhone.exe",)


def test_the_simulated_phone_does_what_its_last_digit_says() -> None:
    assert "0 a 2 contestan, 3 y 4 contestan y cuelgan, 5 y 6 timbran sin respuesta, 7 ocupado, 8 rechaza" in GUIDE
    scripts = (*[ANSWERS] * 3, *[ANSWERS_AND_LEAVES] * 2, *[RINGS_IN_VAIN] * 2, BUSY, REFUSES, DEAD)
    assert tuple(script_by_last_digit(f"8888-000{digit}") for digit in range(10)) == scripts


@pytest.mark.parametrize(
    "command",
    [
        "callmanager doctor phone",
        "callmanager demo",
        "callmanager.softphones.lab.interphone",
    ],
)
def test_commands_and_their_options_exist(command: str) -> None:
    lines = re.findall(rf"python -m {re.escape(command)}\b([^`\n]*)", GUIDE)
    assert lines
    done = subprocess.run(
        [sys.executable, "-m", *command.split(), "--help"],
        cwd=ROOT,
        env=environment(),
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    for option in {option for line in lines for option in re.findall(r"--[a-z-]+", line)}:
        assert option in done.stdout, (command, option)


def test_links_lead_somewhere() -> None:
    targets = re.findall(r"\]\((?!https?:)([^)#]+)", GUIDE)
    assert len(targets) >= 3
    for target in targets:
        assert (ROOT / "docs" / target).is_file(), target
