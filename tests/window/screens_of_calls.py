"""The views of calls, each in a state worth looking at. The states are put into the models: no phone dials here."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

from callmanager.desktop.models.calling import at_hand
from callmanager.desktop.models.calling.call import Question, Stage
from callmanager.desktop.models.calling.course import CurrentCall, TimedState
from callmanager.domain.clock import to_wire
from callmanager.domain.errors import CallManagerError, Unavailable
from callmanager.softphones import CallState, Confidence, EndCause, Health, HealthState
from tests.window.screens import End, ScreenLine, close_dialogs, show_card
from tests.window.signed_in_window import SignedInWindow

NOT_THERE = Health(
    HealthState.NOT_RUNNING,
    "No program of this PC takes %(scheme)s: addresses.",
    "Install the phone program, or choose it for this kind of address in the system's settings.",
    {"scheme": "tel"},
)
READY = Health(HealthState.READY, "The number is shown and copied. Dial it on your phone.")
PHONE_GONE = Unavailable("phone_absent", "The phone program does not answer. Start it and try again.")
CALLED_ALREADY = Question(
    "number_called_recently",
    "ana.mora llamó a este número para otro contacto a las 10:41.",
    "Llamar igualmente",
    open_label="Abrir ese contacto",
    contact_id=2,
)
NOT_TO_BE_CALLED = Question(
    "do_not_call", "Esta persona pidió que no se la llame.", "Llamar igualmente", asks_reason=True
)

OUTSIDE_HOURS = Question(
    "outside_hours",
    "Donde está el contacto son las 21:40. Las llamadas de esta campaña se permiten de nuevo a partir de: 23/11/2026 "
    "08:00 (hora de allí). Un jefe de proyecto puede llamar ahora, y dice por qué. En el reloj de este PC, "
    "el horario empieza a esta hora: 23/11/2026 01:00. Anote esa hora en Próxima llamada del contacto, o llame a "
    "otra persona.",
)


def step(state: CallState, ago: float, confidence: Confidence = Confidence.OBSERVED, cause: Any = None) -> TimedState:
    return TimedState(state, confidence, cause, time.monotonic() - ago)


BUSY_DAY = {
    "login_seconds": 28_800.0,
    "seconds": {"ready": 9_120.0, "on_call": 11_340.0, "wrap_up": 5_220.0, "not_ready": 3_120.0},
    "reasons": {"lunch": 2_400.0, "break": 720.0},
    "calls": {
        "attempts": 112,
        "answered": 61,
        "contacts": 48,
        "talk_seconds": 9_803.0,
        "talk_seconds_estimated": 1_204.0,
        "wrap_up_seconds": 5_220.0,
        "results": {"answered": 61, "no_answer": 38, "busy": 9, "failed": 3, "cancelled": 1},
        "dispositions": {
            "NC": 40,
            "NO_INTERESADO": 21,
            "VOLVER_A_LLAMAR": 18,
            "CUELGA": 12,
            "INTERESADO": 9,
            "VENTA": 5,
        },
    },
}
"""What the server tells of a day, as far as it is another than an empty one."""


DIALLED = step(CallState.DIALING, 200)


def put_call(window: SignedInWindow, stage: Stage, *steps: TimedState, problem: CallManagerError | None = None) -> None:
    """A call with contact 1 at hand, as if it had come that far."""
    call = window.models.calling.call
    call._current = CurrentCall(
        1, 1, "María Fernanda Núñez Quesada 0", "8888-0000", "88880000", "simulated", False, True, steps
    )
    call._stage, call.problem = stage, problem
    call.changed.emit()


def take_call_away(window: SignedInWindow) -> None:
    call = window.models.calling.call
    call._current, call._stage, call._question, call.problem = None, Stage.PREVIEW, None, None
    call._copy_text, call._may_close = "", False
    window.models.calling.outcome.clear()
    call.changed.emit()


def show_up(*steps: TimedState, by_hand: bool = False) -> Callable[[SignedInWindow], End]:
    def build(window: SignedInWindow) -> End:
        end = show_card(window)
        know_dispositions(window)
        put_call(window, Stage.UP, *steps)
        call = window.models.calling.call
        if by_hand and call._current is not None:
            call._current = replace(call._current, is_by_hand=True, can_hang_up=False)
            call._copy_text = "88880000"
            call.changed.emit()
        return lambda: (take_call_away(window), end())

    return build


def show_outcome(window: SignedInWindow) -> End:
    """A callback that is needed and missing, after too long."""
    end = show_card(window)
    know_dispositions(window)
    ended = step(CallState.ENDED, at_hand.WRAP_UP_LIMITS[1] + 20, Confidence.ASSUMED, EndCause.HUNG_UP)
    put_call(window, Stage.OUTCOME, DIALLED, step(CallState.CONNECTED, 190), ended, problem=PHONE_GONE)
    outcome = window.models.calling.outcome
    outcome.choose("VOLVER_A_LLAMAR")
    outcome.type_note("Pide que se le llame cuando vuelva de la finca; pregunta por el precio de dos líneas.")
    outcome.check(4.0)
    return lambda: (take_call_away(window), end())


def show_odd(window: SignedInWindow) -> End:
    """An outcome that is asked about once."""
    end = show_card(window)
    know_dispositions(window)
    put_call(window, Stage.OUTCOME, step(CallState.CONNECTED, 9), step(CallState.ENDED, 5, cause=EndCause.HUNG_UP))
    window.models.calling.outcome.choose("INTERESADO")
    window.models.calling.outcome.check(4.0)
    return lambda: (take_call_away(window), end())


def show_question(question: Question) -> Callable[[SignedInWindow], End]:
    def build(window: SignedInWindow) -> End:
        end, call = show_card(window), window.models.calling.call
        call._question = question
        call.changed.emit()
        return lambda: (close_dialogs(window), take_call_away(window), end())

    return build


def show_ill_phone(window: SignedInWindow) -> End:
    phone = window.models.calling.phone
    phone._health = NOT_THERE
    phone.changed.emit()

    def end() -> None:
        phone._health = READY
        phone.changed.emit()

    return end


def show_phone(driver: str) -> Callable[[SignedInWindow], End]:
    """The settings, with another kind of phone chosen and not saved."""

    def build(window: SignedInWindow) -> End:
        window.models.calling.phone_form.choose_driver(driver)
        assert window.board.run("me.phone")
        window.screen.settle()
        return lambda: (close_dialogs(window), window.models.calling.phone_form.drop_changes())

    return build


def show_by_hand(window: SignedInWindow) -> End:
    end = show_card(window)
    know_dispositions(window)
    assert window.board.run("call.log")
    by_hand = window.models.calling.by_hand
    by_hand.outcome.choose("VOLVER_A_LLAMAR")
    window.screen.settle()
    return lambda: (close_dialogs(window), end())


def call_of(window: SignedInWindow, **other: Any) -> dict[str, Any]:
    """A call of the user's own, as the server tells it."""
    now = to_wire(window.tools.clock.now())
    return {
        "id": 2,
        "contact_id": 1,
        "user": "jefa.rojas",
        "user_id": window.workplace.user.user_id,
        "number": "8888-0000",
        "state": "ended",
        "result": "answered",
        "cause": "hung_up",
        "requested_at": now,
        "talk_seconds": 83.0,
        "estimated": True,
        "disposition": "VOLVER_A_LLAMAR",
        "note": "Pide que se le llame el lunes por la tarde, después de las tres.",
        "callback_at": now,
        **other,
    }


def show_calls_of_contact(window: SignedInWindow) -> End:
    end, calls = show_card(window), window.models.calling.list
    window.screen.until(lambda: not calls.is_loading)
    answered = call_of(window)
    missed = {**answered, "id": 1, "user": "ana.mora", "result": "no_answer", "talk_seconds": None, "disposition": "NC"}
    calls._calls = [answered, {**missed, "note": "", "callback_at": None, "estimated": False}]
    calls.problem = None
    calls.changed.emit()
    return end


def show_day(window: SignedInWindow) -> End:
    assert window.board.run("me.day")
    window.screen.until(lambda: window.models.calling.day.is_known or window.models.calling.day.problem is not None)
    return lambda: close_dialogs(window)


def show_busy_day(window: SignedInWindow) -> End:
    """A day with many calls, and with all that may take its time."""
    know_dispositions(window)
    end, day, calls = show_day(window), window.models.calling.day, window.models.calling.day_calls
    at = [window.tools.clock.now() - timedelta(minutes=9 * number) for number in range(12)]
    outcomes = ("NC", "VOLVER_A_LLAMAR", "NO_INTERESADO", "CUELGA", "INTERESADO", "VENTA")
    calls._calls = [
        {
            **call_of(window, contact_id=number + 1, number=f"8888-{number:04}", requested_at=to_wire(began)),
            "id": 12 - number,
            "disposition": outcomes[number % len(outcomes)],
            "talk_seconds": None if number % 3 == 0 else 83.0 * number,
            "result": "no_answer" if number % 3 == 0 else "answered",
        }
        for number, began in enumerate(at)
    ]
    day._take({**(day._day or {}), **BUSY_DAY})
    calls.changed.emit()
    window.screen.settle()
    return end


def show_unfinished(window: SignedInWindow) -> End:
    unfinished = window.models.calling.unfinished
    window.screen.until(lambda: not unfinished.is_loading)
    lost = call_of(window, contact_id=2, number="8888-0001", cause="lost", disposition=None)
    unfinished._calls = [lost, call_of(window, contact_id=3, number="8888-0002", state="ringing", cause=None)]
    unfinished.was_shown = True
    unfinished.changed.emit()
    window.shell.call_area.show_unfinished()
    window.screen.settle()

    def end() -> None:
        close_dialogs(window)
        unfinished._calls = []
        unfinished.changed.emit()

    return end


def know_dispositions(window: SignedInWindow) -> None:
    window.screen.until(lambda: window.models.calling.dispositions.is_known)


SCREENS_OF_CALLS = (
    ScreenLine("call_ringing", show_up(DIALLED, step(CallState.RINGING, 7))),
    ScreenLine("call_assumed", show_up(DIALLED, step(CallState.CONNECTED, 83, Confidence.ASSUMED))),
    ScreenLine("call_by_hand", show_up(step(CallState.DIALING, 20, Confidence.ASSUMED), by_hand=True)),
    ScreenLine("call_outcome", show_outcome),
    ScreenLine("call_odd", show_odd),
    ScreenLine("call_called_already", show_question(CALLED_ALREADY)),
    ScreenLine("call_not_to_be_called", show_question(NOT_TO_BE_CALLED)),
    ScreenLine("call_outside_hours", show_question(OUTSIDE_HOURS)),
    ScreenLine("phone_ill", show_ill_phone),
    ScreenLine("phone_settings", show_phone("ami")),
    ScreenLine("phone_program", show_phone("microsip")),
    ScreenLine("called_elsewhere", show_by_hand),
    ScreenLine("calls_of_contact", show_calls_of_contact),
    ScreenLine("day", show_day),
    ScreenLine("busy_day", show_busy_day),
    ScreenLine("calls_unfinished", show_unfinished),
)
