"""What the tests of the trial share with those of the server, and a screen for windows that are used with keys."""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.hidden_screens import open_screen
from tests.server.conftest import admin, server, web
from tests.trial.keyed_window import SIZE

__all__ = ["admin", "server", "web"]


@pytest.fixture
def sockets() -> Iterator[ExitStack]:
    """What a test opens on the network; closed after it."""
    with ExitStack() as opened:
        yield opened


@pytest.fixture(scope="session")
def desk_display() -> Iterator[str]:
    """The name of a screen on which no key repeats itself. One per run: Tk keeps its connection to it."""
    with open_screen(SIZE, "-r", with_hands=True) as name:
        yield name
