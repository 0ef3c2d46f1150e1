"""Reads and checks what callers send: JSON whatever its declared type, and queries. Unknown fields are refused."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from flask import Request
from pydantic import BaseModel

from callmanager.domain.errors import Invalid
from callmanager.domain.texts import N_
from callmanager.server.edges.shapes import named_problems
from callmanager.server.edges.texts import check_json, check_values

Model = TypeVar("Model", bound=BaseModel)


def read_given(asked: Request, query: type[BaseModel] | None, body: type[BaseModel] | None) -> dict[str, BaseModel]:
    """The checked query and body of a request, as `query` and `body`; of those that its route takes. Raises Invalid."""
    given: dict[str, BaseModel] = {}
    if query is not None:
        given["query"] = check_query(query, flat_query(asked))
    if body is not None:
        given["body"] = check_body(body, asked.get_data(cache=True))
    return given


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
    check_json(raw)
    with named_problems("body"):
        return model.model_validate_json(raw or b"{}", strict=True)


def check_query(model: type[Model], value: Mapping[str, str]) -> Model:
    """The query, or the fields of a form, as `model`; its texts are converted."""
    check_values(value)
    with named_problems("query"):
        return model.model_validate(value)
