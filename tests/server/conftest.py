"""What tests of the server share."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.server.people_office import Caller, Server, open_server
from tests.web import Web


@pytest.fixture
def web(tmp_path: Path) -> Iterator[Web]:
    office = Web(tmp_path)
    yield office
    office.close()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    with open_server(tmp_path) as opened:
        yield opened


@pytest.fixture
def admin(server: Server) -> Caller:
    return server.admin()
