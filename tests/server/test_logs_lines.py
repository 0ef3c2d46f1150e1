"""One line of the log: what it looks like and what never gets into it."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callmanager.server import log_lines

AT = datetime(2026, 11, 22, 10, 53, 31, 123_000, tzinfo=UTC)


def line(**values: object) -> str:
    return log_lines.line(AT, "info", "request.done", values)


def test_a_line_is_time_level_event_and_values() -> None:
    written = line(method="GET", path="/contacts", status=200, user="ana", ms=3)
    assert written == "2026-11-22T10:53:31.123Z info request.done method=GET path=/contacts status=200 user=ana ms=3"


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("two words", '"two words"'),
        ("", '""'),
        ('say "hi"', '"say \\"hi\\""'),
        ("a=b", '"a=b"'),
        (True, "true"),
        (1.5, "1.5"),
        (Path("backups/x.db"), "backups/x.db"),
        (AT, "2026-11-22T10:53:31.123Z"),
        ({"rows": [1, 2]}, '"{\\"rows\\":[1,2]}"'),
        (ValueError("bad row"), '"ValueError: bad row"'),
        (object(), "<object>"),
        (b"\xff", "\ufffd"),
    ],
)
def test_values_are_written_readably(value: object, written: str) -> None:
    assert line(x=value) == f"2026-11-22T10:53:31.123Z info request.done x={written}"


def test_a_value_that_is_not_there_is_left_out() -> None:
    assert "user" not in line(user=None, status=200)


@pytest.mark.parametrize(
    "evil", ["a\nb", "a\r\nb", "\x1b[2J", "\x00", "\x85", "\u2028", "\u2029", "\u202eabc", "\x9b31m", "\x7f", "\ud800"]
)
def test_control_characters_are_escaped_in_events_names_and_values(evil: str) -> None:
    written = log_lines.line(AT, "info", f"e{evil}", {f"k{evil}": evil, "list": [evil], "map": {evil: evil}})
    assert not re.search("[\x00-\x1f\x7f-\x9f\u2028-\u202e\ud800-\udfff]", written)
    assert "\\" in written


@given(st.dictionaries(st.text(), st.text() | st.lists(st.text()) | st.integers() | st.binary()))
def test_any_values_make_one_line_that_a_file_takes(values: dict[str, object]) -> None:
    written = log_lines.line(AT, "info", "event", values)
    assert len(written.splitlines()) == 1
    written.encode("utf-8")


@pytest.mark.parametrize(
    "name",
    ["password", "old_password", "token", "api_key", "API-Key", "X-API-Key", "Authorization", "secret", "Set-Cookie"],
)
def test_values_of_secret_names_are_never_written(name: str) -> None:
    for values in (
        {name: "hunter2"},
        {"body": {name: "hunter2"}},
        {"headers": [{name: ["hunter2"]}]},
        {name: 48151623},
    ):
        written = line(**values)
        assert "hunter2" not in written
        assert "48151623" not in written
        assert "***" in written


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("key cm_a1b2_q9-Zx_secretpart was refused", "q9-Zx_secretpart"),
        ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl", "eyJzdWIiOiIxIn0"),
        ("Authorization: Bearer abc.def", "abc.def"),
        ("Basic YW5hOjEyMzQ=", "YW5hOjEyMzQ"),
        ("postgresql://cm:hunter2@db/cm", "hunter2"),
        ("/login?user=ana&password=hunter2&x=1", "hunter2"),
        ('{"old_password": "hunter2"}', "hunter2"),
        ("$2b$12$abcdefghijklmnopqrstuv", "abcdefghijklmnopqrstuv"),
    ],
)
def test_secrets_are_known_by_their_shape_inside_any_text(text: str, secret: str) -> None:
    for value in (text, [text], {"deep": {"deeper": text}}, ValueError(text)):
        assert secret not in line(said=value)


def test_the_public_part_of_a_key_stays_so_that_it_can_be_found() -> None:
    assert "cm_a1b2_***" in line(said="cm_a1b2_q9Zxsecret")


@pytest.mark.parametrize(
    ("phone", "masked"),
    [
        ("+50688881167", "+506 **** **67"),
        ("+506 8888-1167", "+506 **** **67"),
        ("+1 (555) 123-4567", "+155 **** **67"),
        ("88881167", "**** **67"),
        ("8888 1167", "**** **67"),
        ("0050688881167", "**** **67"),
    ],
)
def test_phones_are_masked_in_any_text(phone: str, masked: str) -> None:
    assert f'"called {masked} twice"' in line(said=f"called {phone} twice")
    assert masked in line(phone=phone)
    assert masked in line(row={"telefono": phone})
    assert masked in line(path=f"/contacts?q={phone}")


@pytest.mark.parametrize(
    "text",
    [
        "192.168.1.10",
        "2026-11-22",
        "2026-11-22T10:53:31.123Z",
        "2026-11-22 10:53:31",
        "contacts_backup_20261122_105331.db",
        "3f2504e0-4f89-41d3-9a0c-0305e82c3301",
        "12345678-1234-4123-8123-123456789012",
        "/contacts/12345678/history",
        "0.0.0.0:5000",
    ],
)
def test_what_only_resembles_a_phone_is_left_as_it_is(text: str) -> None:
    assert text in line(said=text)


def test_numbers_that_are_counts_are_left_as_they_are() -> None:
    assert line(seq=1234567890, bytes=98765432).endswith("seq=1234567890 bytes=98765432")


def test_an_identifier_of_digits_only_can_be_found_again() -> None:
    assert line(id="12345678", incident="88887777").endswith("id=12345678 incident=88887777")
    assert "secretsecret" not in line(id="cm_a1_secretsecret")


def test_a_huge_value_is_cut_and_says_how_long_it_was() -> None:
    written = line(body="x" * 5_000)
    assert len(written) < log_lines.VALUE_LIMIT + 100
    assert written.endswith("...(5000)")


def test_a_deep_or_endless_value_ends() -> None:
    endless: list[object] = []
    endless.append(endless)
    assert "..." in line(body=endless)


def test_a_long_traceback_keeps_its_end_where_the_error_stands() -> None:
    trace = "Traceback\n" + "  File somewhere\n" * 1_000 + "KeyError: 'lost'"
    (shown,) = log_lines.pairs({"traceback": trace})
    assert "KeyError: 'lost'" in shown
    assert len(shown) < 3_000
