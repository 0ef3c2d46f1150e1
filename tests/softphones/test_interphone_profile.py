"""A profile of a phone's window is read whole or refused in words that name the field."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from callmanager.domain.errors import Invalid
from callmanager.softphones.interphone.profile import (
    ENDS,
    default_profile,
    load_profile,
    parse_profile,
    profile_from_wire,
    save_profile,
)

DEFAULT = default_profile().to_wire()


def changed(path: str, value: Any) -> dict[str, Any]:
    """The default with one field changed; `path` with dots."""
    wire: dict[str, Any] = json.loads(json.dumps(DEFAULT))
    *way, last = path.split(".")
    at = wire
    for name in way:
        at = at[name]
    at[last] = value
    return wire


def test_the_default_knows_interphone_in_spanish_and_english() -> None:
    profile = default_profile()
    assert profile.executables == ("InterPhone.exe",)
    assert {"Llamar", "Llamada", "Call"} <= set(profile.call.captions)
    assert profile.hang_up
    assert profile.up
    assert all(getattr(profile, end) for end in ENDS)


def test_a_profile_is_the_same_after_it_was_saved(tmp_path: Path) -> None:
    path = tmp_path / "phone" / "interphone.json"
    own = profile_from_wire(changed("call.captions", ["Marcar"]))
    save_profile(path, own)
    assert load_profile(path) == own
    assert [file.name for file in path.parent.iterdir()] == ["interphone.json"]


def test_without_a_file_of_its_own_a_pc_has_the_default(tmp_path: Path) -> None:
    assert load_profile(None) == load_profile(tmp_path / "missing.json") == default_profile()


def test_a_file_from_notepad_is_read(tmp_path: Path) -> None:
    path = tmp_path / "interphone.json"
    path.write_text(json.dumps(DEFAULT), "utf-8-sig")
    assert load_profile(path) == default_profile()


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("adapter", "mouse"),
        ("executables", []),
        ("executables", "InterPhone.exe"),
        ("title", ""),
        ("title", "("),
        ("number", None),
        ("number.kind", "field"),
        ("number.class", "*"),
        ("call.captions", [1]),
        ("call.auto_ids", "1002"),
        ("hang_up", None),
        ("up", [{"button": "other"}]),
        ("up", [{"text": ""}]),
        ("up", [{"text": "a", "title": "b"}]),
        ("connected", [{"text": "["}]),
        ("ringing", {}),
        ("confirm_seconds", 60),
        ("confirm_seconds", True),
        ("assume_connected_seconds", -1),
    ],
)
def test_what_is_wrong_is_named(path: str, value: Any) -> None:
    with pytest.raises(Invalid) as refused:
        profile_from_wire(changed(path, value))
    assert refused.value.code == "phone_profile"
    named = str(refused.value.fields["field"])
    assert named.startswith(path.partition(".")[0])
    assert named in str(refused.value)


def test_a_field_with_a_typing_error_is_named() -> None:
    with pytest.raises(Invalid) as refused:
        profile_from_wire({**DEFAULT, "conected": []})
    assert "conected" in str(refused.value)


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '"x"', "[" * 100_000, '{"version": 2}', "{}"])
def test_what_is_no_profile_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        parse_profile(text)


def test_a_missing_comma_is_told_by_its_line() -> None:
    with pytest.raises(Invalid) as refused:
        parse_profile('{\n "version": 1\n "title": "x"}')
    assert "3" in str(refused.value)


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", b" " * 70_000])
def test_a_file_that_is_no_text_or_too_long_is_refused_with_its_name(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "interphone.json"
    path.write_bytes(content)
    with pytest.raises(Invalid) as refused:
        load_profile(path)
    assert str(path) in str(refused.value)


def test_a_phone_that_is_hung_up_by_hand_needs_another_sign() -> None:
    wire = {**changed("hang_up", None), "up": [{"title": "en llamada"}]}
    assert profile_from_wire(wire).hang_up is None
