"""Reads and checks what callers send: JSON whatever its declared type, and queries. Unknown fields are refused."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Annotated, Any

from flask import Request, request
from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, ValidationError
from spectree.plugins.flask_plugin import FlaskPlugin

from callmanager.domain.errors import Invalid
from callmanager.domain.texts import N_

_INSTANT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}.*")


def _read_instant(value: object) -> datetime:
    """Pydantic takes a bare number for seconds since 1970, and years that no clock of ours can hold in UTC."""
    if not isinstance(value, str) or not _INSTANT.fullmatch(value):
        raise ValueError("write it as 2026-11-22T10:53:31Z")
    # Read here: behind a validator pydantic no longer knows that the text came from JSON, and strictly refuses it.
    return datetime.fromisoformat(value.upper())


def _check_year(value: datetime) -> datetime:
    if not 1900 <= value.year <= 9000:
        raise ValueError("the year must be between 1900 and 9000")
    return value


Instant = Annotated[AwareDatetime, BeforeValidator(_read_instant), AfterValidator(_check_year)]
"""A date and time with its zone."""


class Wire(BaseModel):
    """The base of every model on the wire: what is not known is refused, not ignored."""

    # Built at first use (pydantic holds a lock): building all of them is a tenth of the time of a start.
    model_config = ConfigDict(extra="forbid", str_max_length=100_000, defer_build=True)


class Checked(FlaskPlugin):
    """SpecTree's Flask plugin with our reading of bodies and our errors; it answers nothing itself."""

    def validate(
        self,
        func: Callable[..., Any],
        query: type[BaseModel] | None,
        json: type[BaseModel] | None,
        *_others: object,
        call: Any,
        **path: Any,
    ) -> Any:
        """Give `func` the checked query and body as `query` and `body`."""
        if query is not None:
            path["query"] = check_query(query, flat_query(request))
        if json is not None:
            path["body"] = check_body(json, request.get_data(cache=True))
        return func(call, **path)


def flat_query(asked: Request) -> dict[str, Any]:
    """The query; a name that is given twice is refused, since nobody could say which one counts."""
    for name, values in asked.args.lists():
        if len(values) > 1:
            raise Invalid(
                "parameter_twice", N_("Give %(name)s only once."), fields={"field": name[:80]}, name=name[:80]
            )
    return asked.args.to_dict()


def check_body(model: type[BaseModel], raw: bytes) -> BaseModel:
    """The JSON body as `model`, whatever type it is declared as: the documented curl lines declare none or a form's."""
    with _named_problems("body"):
        return model.model_validate_json(raw or b"{}", strict=True)


def check_query(model: type[BaseModel], value: dict[str, str]) -> BaseModel:
    """The query as `model`; its texts are converted."""
    with _named_problems("query"):
        return model.model_validate(value)


@contextmanager
def _named_problems(place: str) -> Iterator[None]:
    """Let pydantic's errors name each field in dispute."""
    try:
        yield
    except ValidationError as error:
        problems = [_problem(item) for item in error.errors(include_url=False, include_context=False)[:20]]
        first = problems[0]
        if first["type"] == "json_invalid":
            raise Invalid(
                "bad_request",
                N_("The body is not JSON: %(reason)s."),
                fields={"place": place},
                reason=first["reason"],
            ) from error
        raise Invalid(
            "invalid_input",
            N_("%(name)s is not right: %(reason)s."),
            fields={"place": place, "field": first["field"], "problems": problems},
            name=first["field"] or place,
            reason=first["reason"],
        ) from error


def _problem(item: Mapping[str, Any]) -> dict[str, str]:
    field = ".".join(str(part) for part in item["loc"])
    return {"field": field[:200], "type": str(item["type"]), "reason": str(item["msg"])[:300]}
