"""SpecTree as this program uses it: routes are noted when they are declared, schemas are made when somebody asks.

Making the JSON schemas of all models takes longer than everything else a start does with HTTP.
"""

from __future__ import annotations

from typing import Any, Literal

from flask import Flask
from pydantic import BaseModel
from spectree import SpecTree

from callmanager.server.edges.bodies import Checked

Mode = Literal["validation", "serialization"]


class Specification(SpecTree):
    """A SpecTree whose models are noted by name; two models on the wire never share one."""

    def __init__(self) -> None:
        super().__init__(
            "flask",
            backend=Checked,
            annotations=False,
            mode="strict",
            naming_strategy=lambda model: model.__name__,
            nested_naming_strategy=lambda _parent, child: child,
        )
        self._noted: dict[tuple[str, Mode], type[BaseModel]] = {}

    def _add_model(self, model: type[BaseModel], mode: Mode = "validation") -> str:
        name = model.__name__
        if issubclass(model, BaseModel):  # not the list of pydantic's own errors, which we never send
            self._noted[name, mode] = model
        return name

    def generate(self, app: Flask) -> dict[str, Any]:
        """The document of SpecTree for the routes of `app`."""
        self.app = app
        for (_name, mode), model in self._noted.items():
            super()._add_model(model, mode)
        with app.app_context():
            generated: dict[str, Any] = self._generate_spec()
        return generated

    def noted_models(self) -> list[type[BaseModel]]:
        """The models of all routes, for the test that no two of them share a name."""
        return list(self._noted.values())
