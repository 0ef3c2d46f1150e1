"""What is done with a phone's window, against the port: one window, one field, one button, or nothing."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

import pytest

from callmanager.domain.errors import CallManagerError, Invalid, Unavailable
from callmanager.softphones.interphone.dialling import Time, WindowDialler
from callmanager.softphones.interphone.profile import Profile, Selector, Sign, default_profile
from callmanager.softphones.interphone.serving import Watch, inspect
from callmanager.softphones.interphone.windows import Control, ControlKind, Window, window_hung
from tests.softphones.memory_phone import CALL, FIELD, HANG_UP, PARTS, STATUS, WINDOW, MemoryPhone

NUMBER = "51234567"


class StillTime:
    """Time that only passes while somebody waits."""

    def __init__(self) -> None:
        self.now = 0.0

    def wait(self, seconds: float) -> None:
        self.now += seconds


def dialler(phone: MemoryPhone, profile: Profile | None = None) -> WindowDialler:
    time = StillTime()
    return WindowDialler(phone, profile or default_profile(), Time(lambda: time.now, time.wait))


def refusal(phone: MemoryPhone, number: str = NUMBER, profile: Profile | None = None) -> str:
    """The code with which a dial is refused; nothing was announced or pressed."""
    announced: list[bool] = []
    with pytest.raises(CallManagerError) as refused:
        dialler(phone, profile).dial(number, lambda: announced.append(True))
    assert announced == phone.pressed == []
    return refused.value.code


def test_the_number_is_set_read_back_and_the_one_button_pressed_once() -> None:
    phone, announced = MemoryPhone(), list[list[str]]()
    assert dialler(phone).dial(NUMBER, lambda: announced.append(list(phone.pressed)))
    assert phone.pressed == [NUMBER]
    assert announced == [[]]
    assert [step for step in phone.asked if step != "look"] == ["set", "read", "read", "press"]


@pytest.mark.parametrize(
    "number", ["", "5", "+50651234567", "5123-4567", "51234a67", "٥١٢٣٤٥٦٧", "1" * 25, "112\n", "*21#"]
)
def test_only_digits_are_ever_taken(number: str) -> None:
    phone = MemoryPhone()
    assert refusal(phone, number) == "number_not_dialable"
    assert phone.asked == []


@pytest.mark.parametrize(
    ("windows", "code"),
    [
        ([], "window_none"),
        ([replace(WINDOW, executable=r"C:\Other\Browser.exe")], "window_none"),
        ([replace(WINDOW, title="Ayuda de InterPhone")], "window_other"),
        ([replace(WINDOW, executable="")], "window_denied"),
        ([WINDOW, replace(WINDOW, handle=8)], "window_two"),
    ],
)
def test_only_the_one_window_of_the_phones_own_program_is_used(windows: list[Window], code: str) -> None:
    assert refusal(MemoryPhone(windows=windows)) == code


def test_a_web_page_with_the_phones_title_is_not_the_phone() -> None:
    page = Window(9, "InterPhone - Iniciar sesión", r"C:\Program Files\Browser\browser.exe", 90)
    phone = MemoryPhone(windows=[page, WINDOW])
    assert dialler(phone).find_window() == WINDOW


def test_a_locked_pc_dials_nothing() -> None:
    assert refusal(MemoryPhone(locked=True)) == "desktop_locked"


def test_a_minimised_window_is_used_as_any_other() -> None:
    phone = MemoryPhone(windows=[replace(WINDOW, minimised=True)])
    assert dialler(phone).dial(NUMBER, lambda: None)


def parts(*others: Control) -> list[Control]:
    return [*PARTS, *others]


@pytest.mark.parametrize(
    ("controls", "code"),
    [
        ([CALL, HANG_UP, STATUS], "control_missing"),
        ([FIELD, HANG_UP, STATUS], "control_missing"),
        (parts(replace(FIELD, ref=9)), "control_twice"),
        (parts(replace(CALL, ref=9, text="Llamada")), "control_twice"),
        ([FIELD, replace(CALL, text="Videollamar"), HANG_UP], "control_missing"),
        ([replace(FIELD, visible=False), CALL, HANG_UP], "control_missing"),
        ([replace(FIELD, enabled=False), CALL, HANG_UP], "phone_off"),
        ([FIELD, replace(CALL, enabled=False), HANG_UP], "phone_off"),
    ],
)
def test_what_is_not_identified_is_not_guessed(controls: list[Control], code: str) -> None:
    assert refusal(MemoryPhone(controls=controls)) == code


@pytest.mark.parametrize("caption", ["Llamar", "&Llamar", "LLAMADA", " Call ", "Llamar...", "Llamar…"])
def test_a_caption_is_known_however_it_is_spelled(caption: str) -> None:
    phone = MemoryPhone(controls=[FIELD, replace(CALL, text=caption), HANG_UP, STATUS])
    assert dialler(phone).dial(NUMBER, lambda: None)


@pytest.mark.parametrize(
    "took",
    [
        lambda text: text[:-1],
        lambda text: text + "0",
        lambda text: "0" + text,
        lambda text: text[::-1],
        lambda _text: "",
        lambda text: f"+{text}",
        lambda text: text.translate(str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")),
    ],
)
def test_a_field_that_reads_otherwise_is_never_dialled_from(took: Callable[[str], str]) -> None:
    phone = MemoryPhone(took=took)
    assert refusal(phone) == "phone_misread"
    assert phone.asked.count("set") == 2, "what it took is not left for somebody to send"


def test_a_field_that_spaces_the_digits_is_read_rightly() -> None:
    phone = MemoryPhone(took=lambda text: f"({text[:4]}) {text[4:6]}-{text[6:]}")
    assert dialler(phone).dial(NUMBER, lambda: None)
    assert [re.sub(r"\D", "", pressed) for pressed in phone.pressed] == [NUMBER]


def test_what_somebody_types_after_the_read_back_is_not_dialled() -> None:
    class Typing(MemoryPhone):
        def read_text(self, window: Window, control: Control) -> str:
            read = super().read_text(window, control)
            self.change(FIELD.ref, text="999999")
            return read

    assert refusal(Typing()) == "phone_misread"


def test_a_phone_in_a_call_is_left_alone() -> None:
    phone = MemoryPhone()
    phone.show_call()
    assert refusal(phone) == "phone_busy"
    assert phone.text_of(FIELD) == ""


def test_a_phone_that_says_it_is_signed_out_is_believed() -> None:
    phone = MemoryPhone()
    phone.change(STATUS.ref, text="Sin registro")
    profile = replace(default_profile(), signed_out=(Sign("text", "sin registro"),))
    assert refusal(phone, profile=profile) == "phone_signed_out"


def test_a_call_that_does_not_show_within_the_limit_is_not_confirmed() -> None:
    phone = MemoryPhone(on_press=lambda _phone: None)
    assert dialler(phone).dial(NUMBER, lambda: None) is False
    assert phone.pressed == [NUMBER]


def test_without_a_sign_nothing_is_claimed() -> None:
    profile = replace(default_profile(), up=())
    assert dialler(MemoryPhone(), profile).dial(NUMBER, lambda: None) is None


def test_a_window_that_hangs_while_the_button_is_pressed_may_have_dialled() -> None:
    class Hanging(MemoryPhone):
        def press(self, window: Window, control: Control) -> None:
            raise window_hung()

    assert dialler(Hanging()).dial(NUMBER, lambda: None) is False


def test_hanging_up_presses_that_button_only_while_a_call_is_up() -> None:
    phone = MemoryPhone()
    assert dialler(phone).hang_up() is True
    assert "press" not in phone.asked
    phone.show_call()
    assert dialler(phone).hang_up() is True
    assert phone.asked.count("press") == 1
    assert phone.pressed == []


def test_controls_are_told_apart_by_number_and_class_when_captions_do_not() -> None:
    other = replace(CALL, ref=9, auto_id="77", class_name="WindowsForms10.BUTTON.app.0.2bf8098_r6_ad1")
    by_id = Selector(ControlKind.BUTTON, auto_ids=("77",))
    by_class = Selector(ControlKind.BUTTON, class_pattern="(?i)button", captions=("llamar",), auto_ids=("1002",))
    for selector, ref in ((by_id, 9), (by_class, CALL.ref)):
        phone = MemoryPhone(controls=parts(other), on_press=lambda phone: phone.show_call())
        pressed: list[int] = []
        phone.press = lambda _window, control, pressed=pressed: pressed.append(control.ref)  # type: ignore[method-assign, misc]
        dialler(phone, replace(default_profile(), call=selector, up=())).dial(NUMBER, lambda: None)
        assert pressed == [ref]


def test_a_trial_of_the_field_presses_nothing_and_leaves_it_empty() -> None:
    phone = MemoryPhone()
    dialler(phone).try_field(NUMBER)
    assert "press" not in phone.asked
    assert phone.text_of(FIELD) == ""
    with pytest.raises(Unavailable):
        dialler(MemoryPhone(took=lambda text: text[1:])).try_field(NUMBER)
    with pytest.raises(Invalid):
        dialler(phone).try_field("+1")


def test_a_watch_tells_each_change_once_and_no_flicker() -> None:
    phone = MemoryPhone()
    watch = Watch(dialler(phone), "a", None)
    phone.show_call("Timbrando…")
    seen = watch.look()
    assert seen
    assert (seen["up"], seen["ringing"], seen["connected"]) == (True, True, False)
    assert watch.look() is None
    phone.show_call("0:01")
    seen = watch.look()
    assert seen
    assert seen["connected"]
    phone.show_no_call()
    assert watch.look() is None
    phone.show_call("0:02")
    assert watch.look() is None
    phone.show_no_call("Ocupado")
    assert watch.look() is None
    seen = watch.look()
    assert seen
    assert (seen["up"], seen["end"], watch.over) == (False, "busy", True)


def test_a_window_that_is_away_for_a_moment_is_not_gone() -> None:
    phone = MemoryPhone()
    watch = Watch(dialler(phone), "a", None)
    phone.show_call()
    watch.look()
    phone.windows = []
    assert [watch.look(), watch.look()] == [None, None]
    phone.windows = [replace(WINDOW, handle=8)]
    assert watch.look() is None
    phone.windows = []
    told = [seen for _ in range(6) if not watch.over and (seen := watch.look())]
    assert told == [{"event": "sight", "call": "a", "window": "gone"}]


def test_a_report_holds_no_number_and_no_name_of_a_field() -> None:
    phone = MemoryPhone(controls=parts(Control(9, ControlKind.OTHER, "List", "5", "Ana Mora 8812-3456")))
    phone.change(FIELD.ref, text="51234567 ana")
    phone.windows.append(Window(3, "Carta a Ana - Procesador", r"C:\word.exe", 4))
    found = inspect(phone, default_profile())
    assert found["other_windows"] == 1
    (window,) = found["windows"]
    shown = [window["title"], *(control["text"] for control in window["controls"])]
    assert not re.search(r"Ana|ana|\d", " ".join(shown))
    assert "&Llamar" in shown
