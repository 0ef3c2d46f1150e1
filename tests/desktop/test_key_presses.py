"""What a press of a key means, on Windows and on X11, with Caps Lock, Num Lock, the keypad and AltGr."""

from __future__ import annotations

import pytest

from callmanager.desktop.models.key_presses import Press, commands_by_press, read_press, read_sequence

CAPS, CONTROL, SHIFT = 0x2, 0x4, 0x1


@pytest.mark.parametrize("state", [CONTROL, CONTROL | CAPS, CONTROL | 0x8])
def test_caps_lock_and_num_lock_change_no_command_on_windows(state: int) -> None:
    keysym = "K" if state & CAPS else "k"
    assert read_press(keysym, state, 75, is_windows=True) == Press("k", has_control=True)


def test_altgr_writes_a_sign_and_runs_nothing() -> None:
    assert read_press("e", CONTROL | 0x20000, 69, is_windows=True) is None
    assert read_press("EuroSign", 0x80, 26, is_windows=False) is None
    assert read_press("e", 0x8, 26, is_windows=False) is None


def test_the_keypad_is_the_same_as_the_other_keys() -> None:
    assert read_press("KP_Enter", 0, 0, is_windows=False) == read_sequence("Return")
    assert read_press("KP_Add", CONTROL, 0, is_windows=False) == read_sequence("Control-plus")


def test_a_plus_counts_whether_the_keyboard_needs_shift_for_it_or_not() -> None:
    assert read_press("plus", CONTROL | SHIFT, 0, is_windows=False) == read_press("plus", CONTROL, 0, is_windows=False)


def test_a_keyboard_without_latin_letters_counts_by_the_place_of_the_key() -> None:
    assert read_press("ф", CONTROL, 75, is_windows=True) == read_sequence("Control-k")


def test_shift_makes_another_command() -> None:
    found = commands_by_press()
    assert found[read_sequence("Control-Shift-k")] == "list.clear"
    assert found[read_sequence("Control-K")] == "list.search"


def test_only_letters_and_their_like_belong_to_a_text_field() -> None:
    assert read_sequence("Return").is_for_typing
    assert not any(read_sequence(key).is_for_typing for key in ("F6", "Escape", "Control-k"))
