"""States that may be chosen, and how intervals of a day add up."""

from datetime import UTC, datetime, timedelta
from random import Random
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callmanager.domain.agent_states import (
    REASONS,
    REASONS_CHOSEN,
    SIGNED_IN,
    STATE_NAMES,
    AgentState,
    Interval,
    check_choice,
    sum_intervals,
    whole_seconds,
)
from callmanager.domain.errors import Invalid
from callmanager.server.edges import agent_shapes
from callmanager.softphones import HealthState

START = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize("reason", REASONS_CHOSEN)
def test_each_pause_has_a_reason_of_the_table(reason: str) -> None:
    assert check_choice("not_ready", reason) == (AgentState.NOT_READY, reason)


@pytest.mark.parametrize(
    ("state", "reason"),
    [
        ("not_ready", None),
        ("not_ready", ""),
        ("not_ready", SIGNED_IN),
        ("not_ready", "siesta"),
        ("ready", "lunch"),
        ("offline", None),
        ("on_call", None),
        ("wrap_up", None),
        ("", None),
        ("READY", None),
    ],
)
def test_what_nobody_chooses_is_refused(state: str, reason: str | None) -> None:
    with pytest.raises(Invalid):
        check_choice(state, reason)


def test_the_shapes_on_the_wire_know_the_states_and_reasons_of_the_table() -> None:
    assert get_args(agent_shapes.State) == tuple(AgentState) == tuple(STATE_NAMES)
    assert get_args(agent_shapes.Reason) == tuple(REASONS)
    assert get_args(agent_shapes.ReasonChosen) == REASONS_CHOSEN
    assert get_args(agent_shapes.PhoneState) == tuple(HealthState)


@given(
    lengths=st.lists(st.integers(0, 7_200_000), max_size=60),
    lag=st.integers(0, 999),
    states=st.randoms(use_true_random=False),
)
def test_intervals_in_a_row_add_up_to_their_span_to_the_second(lengths: list[int], lag: int, states: Random) -> None:
    at = START + timedelta(milliseconds=lag)
    intervals = []
    for length in lengths:
        until = at + timedelta(milliseconds=length)
        state = states.choice(list(AgentState))
        reason = states.choice(list(REASONS)) if state is AgentState.NOT_READY else None
        intervals.append(Interval(state, reason, at, until))
        at = until
    sums = sum_intervals(intervals)
    span = whole_seconds(Interval(AgentState.READY, None, START, at))
    assert sum(sums.states.values()) == span
    assert sums.login + sums.states[AgentState.OFFLINE] == span
    assert sum(sums.reasons.values()) == sums.states[AgentState.NOT_READY]
    assert sums.productive_pause <= sums.states[AgentState.NOT_READY]


def test_an_interval_that_lasts_is_cut_at_the_end_of_what_is_asked() -> None:
    hour = timedelta(hours=1)
    lasting = Interval(AgentState.READY, None, START, None)
    assert whole_seconds(lasting.within(START + hour, START + 3 * hour)) == 7_200
    over = Interval(AgentState.READY, None, START, START + hour)
    assert whole_seconds(over.within(START + 2 * hour, START + 3 * hour)) == 0
