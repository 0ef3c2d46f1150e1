"""The problem document (RFC 9457), as it looks on the wire."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from callmanager.server.edges.shapes import Wire


class Problem(Wire):
    """Why a request was refused: `code` is stable and for programs, `detail` is for people and in their language."""

    type: Annotated[str, Field(description="the address of the explanation, /docs/errors#code")]
    title: str
    status: int
    detail: Annotated[str, Field(description="a sentence in the language of the caller")]
    code: Annotated[str, Field(pattern="^[a-z0-9_]+$")]
    fields: Annotated[dict[str, Any], Field(description="what a program needs, such as the field in question")]
    request_id: Annotated[str, Field(description="the same as in the header X-Request-Id and in the server's log")]
