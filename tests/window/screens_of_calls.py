"""The views of calls, each in a state worth looking at. The states are put into the models: no phone dials here."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from callmanager.desktop.models.calling.call import Question, Stage
from callmanager.desktop.models.calling.course import CurrentCall, Step
from callmanager.desktop.models.calling.making import at_hand
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


def step(state: CallState, ago: float, confidence: Confidence = Confidence.OBSERVED, cause: Any = None) -> Step:
    return Step(state, confidence, cause, time.monotonic() - ago)


DIALLED = step(CallState.DIALING, 200)


def put_call(window: SignedInWindow, stage: Stage, *steps: Step, problem: CallManagerError | None = None) -> None:
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


def show_up(*steps: Step, by_hand: bool = False) -> Callable[[SignedInWindow], End]:
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
        window.models.calling.phone.choose_driver(driver)
        assert window.board.run("me.phone")
        window.screen.settle()
        return lambda: (close_dialogs(window), window.models.calling.phone.drop_changes())

    return build


def show_by_hand(window: SignedInWindow) -> End:
    end = show_card(window)
    know_dispositions(window)
    assert window.board.run("call.log")
    by_hand = window.models.calling.by_hand
    by_hand.outcome.choose("VOLVER_A_LLAMAR")
    window.screen.settle()
    return lambda: (close_dialogs(window), end())


def show_calls_of_contact(window: SignedInWindow) -> End:
    end, calls = show_card(window), window.models.calling.list
    window.screen.until(lambda: not calls.is_loading)
    now = to_wire(window.tools.clock.now())
    answered = {
        "id": 2,
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
    }
    missed = {**answered, "id": 1, "user": "ana.mora", "result": "no_answer", "talk_seconds": None, "disposition": "NC"}
    calls._calls = [answered, {**missed, "note": "", "callback_at": None, "estimated": False}]
    calls.problem = None
    calls.changed.emit()
    return end


def show_day(window: SignedInWindow) -> End:
    assert window.board.run("me.day")
    window.screen.until(lambda: window.models.calling.day.is_known or window.models.calling.day.problem is not None)
    return lambda: close_dialogs(window)


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
    ScreenLine("phone_ill", show_ill_phone),
    ScreenLine("phone_settings", show_phone("ami")),
    ScreenLine("phone_program", show_phone("microsip")),
    ScreenLine("called_elsewhere", show_by_hand),
    ScreenLine("calls_of_contact", show_calls_of_contact),
    ScreenLine("day", show_day),
)
