"""What each outcome means, and what cannot be said of one at the same time."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callmanager.domain.dispositions import (
    DEFAULTS,
    STATUSES,
    Callback,
    Disposition,
    Finality,
    NumberMark,
    check_code,
    check_rules,
    check_status,
)
from callmanager.domain.errors import Invalid
from callmanager.domain.retries import check_retry

TABLE = """
SIN_GESTIONAR      -                                    3   -
NC                 retry6                               1   1
OCUPADO            retry4                               1   2
BUZON              retry4                               2   3
CUELGA             contact,retry2                       2   4
VOLVER_A_LLAMAR    contact,required                     0   5
INTERESADO         contact,positive,suggested           4   6
VENTA              contact,positive,sale,always         -   7
NO_INTERESADO      contact,campaign                     -   8
NO_CONTACTO        always,do_not_call                   22  9
SERVICIOS_ACTIVOS  contact,campaign,retry10             10  -
NUMERO_EQUIVOCADO  wrong                                -   -
NO_EXISTE          nonexistent                          20  -
SIN_RED            retry3                               21  -
"""
RETRY: dict[str, Any] = {"delays": [900], "most": 1}
PLAIN = Disposition("PROPIO", 1)
flags = st.booleans()
any_row = st.builds(
    Disposition,
    code=st.just("PROPIO"),
    position=st.just(1),
    contact=flags,
    positive=flags,
    sale=flags,
    final=st.sampled_from(Finality),
    do_not_call=flags,
    number_mark=st.sampled_from(NumberMark),
    callback=st.sampled_from(Callback),
    retry=st.sampled_from([{}, RETRY]),
    key=st.sampled_from([None, 3]),
    active=flags,
)


def words(one: Disposition) -> list[str]:
    named = [name for name in ("contact", "positive", "sale") if getattr(one, name)]
    chosen = [value.value for value in (one.callback, one.final) if value.value != "no"]
    listed = ["do_not_call"] if one.do_not_call else []
    tried = [f"retry{one.retry['most']}"] if one.retry else []
    return [*named, *chosen, *listed, *([one.number_mark.value] if one.number_mark else []), *tried] or ["-"]


def test_the_defaults_are_the_table() -> None:
    shown = [
        [one.code, ",".join(words(one)), *("-" if value is None else str(value) for value in (one.priority, one.key))]
        for one in DEFAULTS
    ]
    assert shown == [line.split() for line in TABLE.strip().splitlines()]
    assert [one.code for one in DEFAULTS] == list(STATUSES)
    assert {one.code for one in DEFAULTS if one.ask_below_seconds} == {"INTERESADO", "VENTA"}


def test_the_defaults_keep_their_own_rules() -> None:
    for one in DEFAULTS:
        check_rules(one.columns())
        assert check_retry(one.retry) == one.retry
    keys = [one.key for one in DEFAULTS if one.key]
    assert sorted(keys) == list(range(1, 10))
    assert [one.position for one in DEFAULTS] == list(range(1, 15))


@pytest.mark.parametrize(
    ("settings", "field"),
    [
        ({"sale": True, "contact": True}, "sale"),
        ({"positive": True}, "positive"),
        ({"do_not_call": True, "contact": True, "positive": True, "final": Finality.ALWAYS}, "do_not_call"),
        ({"do_not_call": True}, "final"),
        ({"do_not_call": True, "final": Finality.CAMPAIGN}, "final"),
        ({"final": Finality.ALWAYS, "retry": RETRY}, "retry"),
        ({"final": Finality.ALWAYS, "callback": Callback.SUGGESTED}, "callback"),
        ({"number_mark": NumberMark.WRONG, "contact": True}, "contact"),
        ({"number_mark": NumberMark.NONEXISTENT, "retry": RETRY}, "retry"),
        ({"number_mark": NumberMark.WRONG, "callback": Callback.REQUIRED}, "callback"),
        ({"callback": Callback.REQUIRED, "retry": RETRY}, "retry"),
        ({"active": False, "key": 1}, "key"),
    ],
)
def test_what_excludes_each_other_is_refused_by_name(settings: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        check_rules(replace(PLAIN, **settings).columns())
    assert (refused.value.code, refused.value.fields["field"]) == ("disposition_contradiction", field)


@pytest.mark.parametrize(
    "settings",
    [
        {"final": Finality.CAMPAIGN, "retry": RETRY, "contact": True},
        {"callback": Callback.SUGGESTED, "retry": RETRY},
        {"do_not_call": True, "final": Finality.ALWAYS, "contact": True},
        {"number_mark": NumberMark.WRONG, "final": Finality.ALWAYS},
        {"active": False},
    ],
)
def test_what_goes_together_is_kept(settings: dict[str, Any]) -> None:
    check_rules(replace(PLAIN, **settings).columns())


@given(any_row)
def test_whatever_passes_says_one_thing_of_what_comes_next(one: Disposition) -> None:
    try:
        check_rules(one.columns())
    except Invalid:
        return
    assert not (one.sale and not one.contact)
    assert not (one.do_not_call and (one.retry or one.callback is not Callback.NO))
    assert bool(one.retry) + (one.callback is Callback.REQUIRED) + bool(one.number_mark) <= 1


@pytest.mark.parametrize(
    ("text", "code"),
    [("venta", "VENTA"), (" No  contesta ", "NC"), ("Sin red / apagado", "SIN_RED"), ("buzón de voz", "BUZON")],
)
def test_spellings_of_lists_lead_to_their_code(text: str, code: str) -> None:
    assert check_status(text) == code


def test_only_known_codes_are_statuses() -> None:
    assert check_status("mal horario", ["NC", "MAL_HORARIO"]) == "MAL_HORARIO"
    with pytest.raises(Invalid) as refused:
        check_status("mal horario", ["NC"])
    assert refused.value.fields["allowed"] == ["NC"]


@given(st.text(max_size=60))
def test_a_code_is_plain_letters_or_refused(text: str) -> None:
    try:
        code = check_code(text)
    except Invalid:
        return
    assert code.isascii()
    assert code == code.upper()
    assert check_code(code) == code
