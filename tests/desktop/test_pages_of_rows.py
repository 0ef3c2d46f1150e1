"""Pages of rows as they come over the wire: whole, cut off, of an older server, and one ahead of what is written."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import orjson
import pytest

from callmanager.desktop.remote import Remote
from callmanager.desktop.store import Replica
from callmanager.desktop.sync_events import Progress
from callmanager.desktop.wire import ENTITIES, Page
from callmanager.domain.contacts import ROWS_TYPE
from callmanager.domain.errors import Invalid
from tests.desktop.fake_server import contact, rows_of
from tests.desktop.sync_desk import DOWN, Desk

WAIT = 10.0


def envelope(**fields: object) -> dict[str, object]:
    nothing: dict[str, list[object]] = {name: [] for name in ENTITIES}
    place = {"epoch": "e", "sight": 1, "from": 0, "to": 2, "has_more": False, "head": {"seq": 2, "hash": "h"}}
    return {**place, "records": nothing, "deleted": nothing, **fields}


def body() -> bytes:
    """A page of two contacts as the server sends it."""
    usual = Page.from_wire(envelope(records={"contact": [contact(1, 1, note="ñ\n"), contact(2, 2)]}))
    rows = rows_of(usual).rows
    assert rows is not None
    return b"\n".join((orjson.dumps(envelope()), orjson.dumps(rows.rows), *rows.wires, b""))


def test_a_page_is_read_as_it_was_sent() -> None:
    page = Page.from_lines(body())
    assert page.rows is not None
    assert page.rows.ids == [1, 2]
    assert [orjson.loads(wire) for wire in page.rows.wires] == [contact(1, 1, note="ñ\n"), contact(2, 2)]


def test_a_page_that_was_cut_off_anywhere_is_refused() -> None:
    whole = body()
    for end in range(len(whole)):
        with pytest.raises((KeyError, TypeError, ValueError)):
            Page.from_lines(whole[:end])


def test_rows_and_contacts_that_do_not_match_are_refused() -> None:
    head, rows, first, second, _end = body().split(b"\n")
    fewer = orjson.dumps(orjson.loads(rows)[:1])
    short = orjson.dumps([row[:-1] for row in orjson.loads(rows)])
    for lines in (
        (head, fewer, first, second),
        (head, rows, first),
        (head, rows, first, second, second),
        (head, short, first, second),
        (head, b"{}", first, second),
        (b"[]", rows, first, second),
    ):
        with pytest.raises((KeyError, TypeError, ValueError)):
            Page.from_lines(b"\n".join((*lines, b"")))


@contextmanager
def answering(content_type: str, answer: bytes) -> Iterator[Remote]:
    """A server that says one thing to everybody."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", content_type)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the library's own word
            del format, args

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    remote = Remote(f"http://127.0.0.1:{server.server_port}", api_key="secret")
    try:
        yield remote
    finally:
        remote.close()
        server.shutdown()
        thread.join()
        server.server_close()


def test_a_broken_page_is_an_error_that_says_what_to_do() -> None:
    for broken in (b"", b"\n\n", body()[:-1], body().replace(b"[[1,", b"[[1,7,")):
        with answering(ROWS_TYPE, broken) as remote, pytest.raises(Invalid) as refused:
            remote.read_snapshot(as_rows=True)
        assert refused.value.code == "not_callmanager"


def test_an_older_server_gives_records_to_who_wishes_rows() -> None:
    records = {"contact": [contact(1, 1)]}
    with answering("application/json", orjson.dumps(envelope(records=records))) as remote:
        page = remote.read_snapshot(as_rows=True)
    assert page.rows is None
    assert page.records["contact"] == [contact(1, 1)]


def test_rows_are_wished_while_everything_is_loaded_and_not_later(tmp_path: Path) -> None:
    desk = _desk(tmp_path, contacts=7)
    desk.sync.step()
    assert desk.server.shapes == ["rows"] * 3
    desk.server.put(1, name="later")
    desk.sync.pull_soon()
    desk.sync.step()
    assert desk.server.shapes[3:] == ["records"]
    assert desk.is_equal()
    desk.replica.close()


def test_an_older_server_fills_the_same_replica(tmp_path: Path) -> None:
    desk = _desk(tmp_path, contacts=7)
    desk.server.knows_rows = False
    desk.sync.step()
    assert desk.server.shapes == ["records"] * 3
    assert desk.is_equal()
    desk.replica.close()


def test_a_load_that_was_cut_off_goes_on_with_rows_at_the_next_start(tmp_path: Path) -> None:
    desk = _desk(tmp_path, contacts=7)
    desk.server.before_page = lambda: setattr(desk.server, "failure", DOWN)
    desk.sync.step()
    desk.replica.close()
    again = Desk(tmp_path, page_limit=3)
    again.server.rows, again.server.seq = desk.server.rows, desk.server.seq
    again.sync.step()
    assert again.server.shapes == ["rows", "rows"]
    assert again.is_equal()
    again.replica.close()


def test_a_load_that_can_no_longer_be_continued_begins_anew(tmp_path: Path) -> None:
    desk = _desk(tmp_path, contacts=7)
    sights = iter([1, 2])
    desk.server.before_page = lambda: setattr(desk.server, "sight", next(sights, 2))
    desk.sync.step()
    for _ in range(3):
        desk.wait(5.0)
    assert desk.is_equal()
    assert desk.replica.position is not None
    assert desk.replica.position.sight == 2
    assert not desk.replica.is_loading
    desk.replica.close()


def test_the_next_page_is_read_while_one_is_written_and_no_further_one(tmp_path: Path) -> None:
    desk = _desk(tmp_path, contacts=10)
    asked, seen = threading.Semaphore(0), list[int]()
    desk.server.before_page = asked.release
    _before_each_write(desk.replica, lambda: _wait_for(asked, desk, seen))
    desk.sync.step()
    assert desk.is_equal()
    assert seen == [2, 3, 4, 4]
    assert [event.done for event in desk.told_of(Progress)] == [4, 7, 10]
    desk.replica.close()


def _desk(folder: Path, *, contacts: int) -> Desk:
    desk = Desk(folder, page_limit=3)
    for number in range(1, contacts + 1):
        desk.server.put(number)
    return desk


def _before_each_write(replica: Replica, wait: Callable[[], None]) -> None:
    put = replica._take

    def waiting(connection: object, page: Page) -> None:
        wait()
        put(connection, page)  # type: ignore[arg-type]

    replica._take = waiting  # type: ignore[method-assign]


def _wait_for(asked: threading.Semaphore, desk: Desk, seen: list[int]) -> None:
    """Until the server was asked once more than before; only the last page is written with nothing on its way."""
    if len(seen) < 3:
        for _ in range(2 if not seen else 1):
            assert asked.acquire(timeout=WAIT), "the next page was not asked for meanwhile"
    seen.append(desk.server.asked.count("changes") + desk.server.asked.count("snapshot"))
