"""Answers that are sent while they are made: each has a place, and its first piece is made before the status is sent.

What goes wrong with the first piece is so told as a problem; what goes wrong later cuts the connection.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from flask import Response

from callmanager.server.guests.streams import Streams


def begin_stream(streams: Streams, user_id: int, response: Response) -> Response:
    """The response; one that is sent piece by piece (`user_id` 0: to nobody known) with a place and its first piece.

    Raises TooMany, Unavailable, and whatever the first piece raises.
    """
    if not response.is_streamed:
        return response
    try:
        streams.take(user_id)
    except BaseException:
        response.close()
        raise
    response.response = _Sending(response, lambda: streams.give_back(user_id))
    return response


class _Sending:
    """The pieces of a response. `at_end` is called once: after the last, when one fails, or when they are closed."""

    def __init__(self, response: Response, at_end: Callable[[], None]) -> None:
        self._at_end: Callable[[], None] | None = at_end
        self._source: Any = response.response
        self._pieces = iter(self._source)
        self._first: Any = None
        try:
            self._first = self._next()
        except BaseException:
            response.close()
            raise

    def __iter__(self) -> Iterator[Any]:
        return self

    def __next__(self) -> Any:
        first, self._first = self._first, None
        piece = self._next() if first is None else first
        if piece is None:
            raise StopIteration
        return piece

    def _next(self) -> Any:
        try:
            piece = next((piece for piece in self._pieces if piece), None)
        except BaseException:
            self._end()
            raise
        if piece is None:
            self._end()
        return piece

    def close(self) -> None:
        self._end()
        close = getattr(self._source, "close", None)
        if close is not None:
            close()

    def _end(self) -> None:
        at_end, self._at_end = self._at_end, None
        if at_end is not None:
            at_end()
