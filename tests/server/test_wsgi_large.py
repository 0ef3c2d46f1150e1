"""Large pages through the adapter: in pieces, one page after the other, and nobody else waits for them."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from callmanager.server.wsgi_exchange import LARGE_PAGE, Exchange
from tests.server.served_adapter import Environ, Served, serving

PAGE = f"/contacts?sort=name&limit={LARGE_PAGE}"
READERS = 3


def in_pieces(_environ: Environ, start: Any) -> Iterable[bytes]:
    start("200 OK", [("Content-Type", "application/json"), ("Content-Length", "1000002")])
    return [b"[", b"1" * 1_000_000, b"]"]


class Reading:
    """An application that counts who reads at once, and whose large pages last until they are `let_go`."""

    def __init__(self) -> None:
        self.began, self.let_go, self._turn = threading.Semaphore(0), threading.Semaphore(0), threading.Lock()
        self.now = self.most = 0

    def __call__(self, environ: Environ, start: Any) -> Iterable[bytes]:
        start("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "2")])
        if environ["PATH_INFO"] == "/contacts":
            self._read()
        return [b"ok"]

    def _read(self) -> None:
        with self._turn:
            self.now += 1
            self.most = max(self.most, self.now)
        self.began.release()
        assert self.let_go.acquire(timeout=20)
        with self._turn:
            self.now -= 1


PATIENT_SECONDS = 3600.0
"""However long a page takes here, it is not taken for one that hangs."""


def test_an_answer_in_pieces_that_states_its_length_arrives_whole() -> None:
    with serving(in_pieces) as served:
        status, headers, body = served.ask("GET", "/")
    assert (status, headers["content-length"]) == (200, "1000002")
    assert body == b"[" + b"1" * 1_000_000 + b"]"


def test_its_pieces_are_not_put_together() -> None:
    pieces, more = Exchange(in_pieces, {"REQUEST_METHOD": "GET", "QUERY_STRING": ""}).run()
    assert ([len(piece) for piece in pieces], more) == ([1, 1_000_000, 1], False)


def test_large_pages_come_one_after_the_other_and_small_ones_between() -> None:
    reading = Reading()
    with serving(reading, large_seconds=PATIENT_SECONDS) as served, ThreadPoolExecutor(READERS) as readers:
        asked = [readers.submit(served.ask, "GET", PAGE) for _ in range(READERS)]
        for _ in range(READERS):
            assert reading.began.acquire(timeout=20)
            assert _ask_small(served) == 200  # while a large one is being read, and others wait
            reading.let_go.release()
        assert [one.result()[0] for one in asked] == [200] * READERS
    assert reading.most == 1


def test_a_large_page_that_lasts_lets_the_next_begin() -> None:
    reading = Reading()
    with serving(reading, large_seconds=0.01) as served, ThreadPoolExecutor(2) as readers:
        asked = [readers.submit(served.ask, "GET", PAGE) for _ in range(2)]
        assert reading.began.acquire(timeout=20)
        assert reading.began.acquire(timeout=20)
        reading.let_go.release(2)
        assert [one.result()[0] for one in asked] == [200, 200]


@pytest.mark.parametrize(
    ("query", "is_large"),
    [
        ("", False),
        ("limit=999", False),
        ("limit=1000", True),
        ("text=limit%3D5000", False),
        ("sort=name&limit=5000&cursor=a", True),
        ("unlimit=5000", False),
        ("limit=", False),
        ("limit=9999999999999999999", False),
    ],
)
def test_a_page_is_large_by_the_rows_that_are_asked_for(query: str, is_large: bool) -> None:
    assert Exchange(in_pieces, {"QUERY_STRING": query}).is_large is is_large


def _ask_small(served: Served) -> int:
    return served.ask("GET", "/contacts/1")[0]
