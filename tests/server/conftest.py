"""What tests of the server share."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.web import Web


@pytest.fixture
def web(tmp_path: Path) -> Iterator[Web]:
    office = Web(tmp_path)
    yield office
    office.close()
