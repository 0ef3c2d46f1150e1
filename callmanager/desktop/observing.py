"""Signals: how a model tells its listeners that something has changed. No Tk, no threads."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, ParamSpec

P = ParamSpec("P")


class Signal(Generic[P]):
    """`emit` calls every listener, in the order in which they came, in the thread of the caller."""

    def __init__(self) -> None:
        self._listeners: list[Callable[P, object]] = []

    def connect(self, listener: Callable[P, object]) -> Callable[[], None]:
        """Call `listener` from now on. Returns what ends it; ending twice is no error."""
        self._listeners.append(listener)

        def disconnect() -> None:
            if listener in self._listeners:
                self._listeners.remove(listener)

        return disconnect

    def emit(self, *args: P.args, **kwargs: P.kwargs) -> None:
        """Tell all; one that leaves meanwhile is still told, one that comes is not."""
        for listener in tuple(self._listeners):
            listener(*args, **kwargs)
