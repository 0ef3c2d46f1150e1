"""The base of every model on the wire, and how pydantic's complaints become our one error."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Any

from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from callmanager.domain.errors import Invalid
from callmanager.domain.texts import N_

_DATE = N_("write it as 2026-11-22T15:30:00Z")
_YEAR = N_("the year must be between 1900 and 9000")
_INSTANT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}.*")


def _read_instant(value: object) -> datetime:
    """Pydantic takes a bare number for seconds since 1970, and years that no clock of ours can hold in UTC."""
    if not isinstance(value, str) or not _INSTANT.fullmatch(value):
        raise ValueError(_DATE)
    # Read here: behind a validator pydantic no longer knows that the text came from JSON, and strictly refuses it.
    return datetime.fromisoformat(value.upper())


def _check_year(value: datetime) -> datetime:
    if not 1900 <= value.year <= 9000:
        raise ValueError(_YEAR)
    return value


_YEARS = Field(json_schema_extra={"pattern": "^(19|[2-8][0-9])[0-9]{2}-"})
Instant = Annotated[AwareDatetime, BeforeValidator(_read_instant), AfterValidator(_check_year), _YEARS]
"""A date and time with its zone."""


class Wire(BaseModel):
    """The base of every model on the wire: what is not known is refused, not ignored."""

    # Built at first use (pydantic holds a lock): building all of them is a tenth of the time of a start.
    model_config = ConfigDict(extra="forbid", str_max_length=100_000, defer_build=True)


@contextmanager
def named_problems(place: str) -> Iterator[None]:
    """Let pydantic's errors name each field in dispute."""
    try:
        yield
    except ValidationError as error:
        found = error.errors(include_url=False)[:20]
        problems = [_problem(item) for item in found]
        reason = _reason(found[0])
        if found[0]["type"] == "json_invalid":
            raise Invalid(
                "bad_request", N_("The body is not JSON: %(reason)s."), fields={"place": place}, reason=reason
            ) from error
        raise Invalid(
            "invalid_input",
            N_("%(name)s is not right: %(reason)s."),
            fields={"place": place, "field": problems[0]["field"], "problems": problems},
            name=problems[0]["field"] or place,
            reason=reason,
        ) from error


@dataclass(frozen=True, slots=True)
class Complaint:
    """The end of a sentence: a msgid and its values. Whoever translates the sentence translates this too."""

    message: str
    params: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.message % self.params if self.params else self.message


_WHOLE = N_("it must be a whole number")
_BOOLEAN = N_("it must be true or false")
_OBJECT = N_("it must be an object")
_CHOICE = N_("it must be one of: %(expected)s")
# What is wrong, by pydantic's type of error; the placeholders are names of its context.
REASONS: Mapping[str, str] = {
    "bool_parsing": _BOOLEAN,
    "bool_type": _BOOLEAN,
    "datetime_from_date_parsing": _DATE,
    "datetime_parsing": _DATE,
    "datetime_type": _DATE,
    "dict_type": _OBJECT,
    "enum": _CHOICE,
    "extra_forbidden": N_("there is no such field"),
    "greater_than": N_("it must be more than %(gt)s"),
    "greater_than_equal": N_("it must be %(ge)s or more"),
    "int_from_float": _WHOLE,
    "int_parsing": _WHOLE,
    "int_parsing_size": N_("the number is too large"),
    "int_type": _WHOLE,
    "less_than": N_("it must be less than %(lt)s"),
    "less_than_equal": N_("it must be %(le)s or less"),
    "list_type": N_("it must be a list"),
    "literal_error": _CHOICE,
    "missing": N_("it is missing"),
    "model_attributes_type": _OBJECT,
    "model_type": _OBJECT,
    "none_required": N_("it must be left out"),
    "string_pattern_mismatch": N_("it is not written as it should be"),
    "string_too_long": N_("it has more than %(max_length)s characters"),
    "string_too_short": N_("it has fewer than %(min_length)s characters"),
    "string_type": N_("it must be a text"),
    "string_unicode": N_("it holds broken characters"),
    "timezone_aware": N_("the time zone is missing; write it as 2026-11-22T15:30:00Z"),
    "too_long": N_("it has more than %(max_length)s entries"),
    "too_short": N_("it has fewer than %(min_length)s entries"),
    "value_error": _DATE,  # the only values that we read ourselves; see _reason for those with a text of ours
}
_JSON_PLACE = re.compile(r"line (\d+) column (\d+)")


def _reason(item: Mapping[str, Any]) -> Complaint:
    """What is wrong with a field, for people."""
    context = item.get("ctx", {})
    if item["type"] == "json_invalid":
        place = _JSON_PLACE.search(str(context.get("error", "")))
        line, column = place.groups() if place else ("1", "1")
        return Complaint(N_("see line %(line)s, column %(column)s"), {"line": line, "column": column})
    if str(context.get("error")) == _YEAR:
        return Complaint(_YEAR)
    message = REASONS.get(item["type"], N_("it is not as it should be"))
    return Complaint(message, {name: _plain(value) for name, value in context.items()})


def _plain(value: Any) -> Any:
    return value if isinstance(value, int | float) else str(value).replace(" or ", ", ")[:300]


def _problem(item: Mapping[str, Any]) -> dict[str, str]:
    place = ".".join(str(part) for part in item["loc"])
    return {"field": place[:200], "type": str(item["type"]), "reason": str(_reason(item))}
