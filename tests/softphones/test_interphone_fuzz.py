"""No input, and no mood of the phone's field, makes InterPhone dial digits other than those it was given."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from callmanager.domain.clock import SystemClock
from callmanager.domain.errors import CallManagerError, Invalid
from callmanager.softphones.interphone.dialling import Time, WindowDialler
from callmanager.softphones.interphone.driver import InterPhoneSoftphone
from callmanager.softphones.interphone.profile import default_profile
from callmanager.softphones.interphone.windows import Control, Window
from callmanager.softphones.wiring.timers import ThreadTimers
from tests.softphones.memory_phone import FIELD, MemoryPhone
from tests.softphones.phone_events import Heard
from tests.softphones.stands import memory_bridge, read_lines

digits = st.text("0123456789", min_size=1, max_size=26)
anything = digits | st.text("0123456789+-() x*#,;٣５\n", max_size=30) | st.text(max_size=30)
moods = st.lists(
    st.sampled_from(["keep", "lose first", "lose last", "double", "reverse", "space", "plus", "empty", "other"]),
    min_size=8,
    max_size=8,
)
MOODS = {
    "keep": lambda text: text,
    "lose first": lambda text: text[1:],
    "lose last": lambda text: text[:-1],
    "double": lambda text: text + text,
    "reverse": lambda text: text[::-1],
    "space": lambda text: f"{text[:3]} {text[3:]}",
    "plus": lambda text: f"+{text}",
    "empty": lambda _text: "",
    "other": lambda _text: "900123456",
}


class MoodyPhone(MemoryPhone):
    """A field that does something of its own at each step: what it shows may be other than what it was given."""

    def __init__(self, moods: list[str]) -> None:
        super().__init__()
        self._moods = iter(moods)
        self.took = self._change

    def _change(self, text: str) -> str:
        return MOODS[next(self._moods, "keep")](text)

    def read_text(self, window: Window, control: Control) -> str:
        shown = super().read_text(window, control)
        self.change(FIELD.ref, text=self._change(shown))
        return super().read_text(window, control)


@settings(max_examples=500, deadline=None)
@example(number="51234567", moods=["keep"])
@given(number=anything, moods=moods)
def test_what_is_pressed_is_what_was_asked(number: str, moods: list[str]) -> None:
    phone = MoodyPhone(moods)
    dialler = WindowDialler(phone, default_profile(), Time(lambda: 0.0, lambda _seconds: None))
    with suppress(CallManagerError):
        dialler.dial(number, lambda: None)
    assert [pressed.replace(" ", "") for pressed in phone.pressed] in ([], [number])
    if number == "51234567" and set(moods) == {"keep"}:
        assert phone.pressed == [number]


@pytest.fixture(scope="module")
def driven(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[InterPhoneSoftphone, Heard, Path]]:
    log, heard = tmp_path_factory.mktemp("fuzz") / "dialled.txt", Heard()
    driver = InterPhoneSoftphone(SystemClock(), heard, ThreadTimers(), default_profile(), command=memory_bridge(log))
    yield driver, heard, log
    driver.close()


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@example(number="+50688123456")
@example(number="88123456\n+1900")
@example(number='88","ask":"dial","number":"900')
@given(number=anything)
def test_nothing_but_the_digits_reaches_the_phone_through_the_whole_driver(
    driven: tuple[InterPhoneSoftphone, Heard, Path], number: str
) -> None:
    driver, heard, log = driven
    before, call_id = len(read_lines(log)), f"call-{len(heard.events)}-{hash(number)}"
    if re.fullmatch("[0-9]{2,24}", number, re.ASCII):
        driver.dial(call_id, number)
        driver.hang_up(call_id)
        assert read_lines(log)[before:] == [number]
    else:
        with pytest.raises(Invalid) as refused:
            driver.dial(call_id, number)
        assert refused.value.code == "number_not_dialable"
        assert len(read_lines(log)) == before
