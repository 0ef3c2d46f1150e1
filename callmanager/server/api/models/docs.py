"""The description of the API, as it looks on the wire."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import RootModel

from callmanager.server.edges.shapes import Wire


class OpenApi(RootModel[dict[str, Any]]):
    """An OpenAPI 3.1 document."""


class AsyncApi(RootModel[dict[str, Any]]):
    """An AsyncAPI 3 document."""


class PageQuery(Wire):
    """The language of a page; without it Accept-Language decides."""

    lang: Literal["es", "en"] | None = None
