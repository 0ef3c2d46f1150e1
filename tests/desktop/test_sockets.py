"""One Socket.IO connection against python-socketio's own server: order, acknowledgements, refusals, ends.

The server here only speaks the protocol's shapes; what CallManager's says is tested in tests/server.
"""

from __future__ import annotations

import asyncio
import queue
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
import socketio
import uvicorn

from callmanager.desktop.remote import Live, Remote
from callmanager.desktop.wire import Lease, Position, Standing
from callmanager.domain.errors import Forbidden, Gone, Locked, TooMany, Unauthenticated, Unavailable
from callmanager.domain.protocol import handshake
from tests.live_server import free_port

PATIENCE_SECONDS = 20
"""Less than the library lets its writer wait when it was not told of the end."""
MANY = 400


class Echo:
    """A server with one user, whose key is `good`. It notes what it is asked."""

    def __init__(self) -> None:
        self.sio = socketio.AsyncServer(async_mode="asgi", transports=["websocket"])
        self.asked: queue.SimpleQueue[tuple[str, Any]] = queue.SimpleQueue()
        self.sio.on("connect", self._on_connect)
        self.sio.on("*", self._on_event)
        self.port = free_port()
        app = socketio.ASGIApp(self.sio)
        config = uvicorn.Config(app, port=self.port, log_level="critical", lifespan="off", ws="wsproto")
        self._server = uvicorn.Server(config)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread = threading.Thread(target=self._run)
        self._thread.start()
        while not self._server.started:
            self._thread.join(0.01)

    def _run(self) -> None:
        async def main() -> None:
            self._loop = asyncio.get_running_loop()
            await self._server.serve()

        asyncio.run(main())

    def tell(self, event: str, *payloads: Any) -> None:
        """Send to everybody."""

        async def send() -> None:
            for payload in payloads:
                await self.sio.emit(event, payload)

        self._do(send())

    def hang_up(self) -> None:
        """Say goodbye to every client."""

        async def leave() -> None:
            for sid in [*self.sio.manager.rooms["/"][None]]:
                await self.sio.disconnect(sid)

        self._do(leave())

    def stop(self) -> None:
        self._server.should_exit = True
        self._thread.join(PATIENCE_SECONDS)

    def _do(self, work: Any) -> None:
        assert self._loop is not None
        asyncio.run_coroutine_threadsafe(work, self._loop).result(PATIENCE_SECONDS)

    async def _on_connect(self, _sid: str, _environ: Any, auth: Any) -> None:
        self.asked.put(("connect", auth))
        if auth != {"api_key": "good", "language": "es", "client": "desktop", **handshake()}:
            raise socketio.exceptions.ConnectionRefusedError(
                "key_invalid", {"status": 401, "code": "key_invalid", "detail": "No es válida.", "fields": {}}
            )

    async def _on_event(self, event: str, _sid: str, given: Any) -> Any:
        self.asked.put((event, given))
        if event == "view_contact" and given["id"] == 0:
            return None
        if event == "request_contact":
            await asyncio.Event().wait()
        return REPLIES.get(event, {"ok": True})


REPLIES = {
    "sync": {"ok": True, "epoch": "a", "seq": 3, "pull": False, "snapshot": False, "presence": {"people": []}},
    "renew_locks": {
        "ok": False,
        "error": {"status": 410, "code": "snapshot_needed", "detail": "De otro tiempo.", "fields": {"epoch": "b"}},
    },
    "lock_contact": {"ok": True, "token": 5, "expires_at": "2026-11-22T10:00:45.000Z"},
    "unlock_contact": {
        "ok": False,
        "error": {"status": 423, "code": "contact_locked", "detail": "La tiene Luz.", "fields": {"holder": "luz"}},
    },
    "softphone": {
        "ok": False,
        "error": {"status": 429, "code": "too_many_requests", "detail": "Espere.", "fields": {}, "retry_after": 9},
    },
    "answer_request": {"ok": False, "error": {"status": 403, "code": "forbidden", "detail": "No puede.", "fields": {}}},
}


@pytest.fixture(scope="module")
def echo() -> Iterator[Echo]:
    server = Echo()
    yield server
    server.stop()


class Client:
    """A connection and what it heard."""

    def __init__(self, echo: Echo, key: str = "good") -> None:
        self.heard: queue.SimpleQueue[tuple[str, Any]] = queue.SimpleQueue()
        self.remote = Remote(f"http://127.0.0.1:{echo.port}", api_key=key)
        self.live = self.remote.connect_live(lambda event, payload: self.heard.put((event, payload)))

    def next(self) -> tuple[str, Any]:
        return self.heard.get(timeout=PATIENCE_SECONDS)


@pytest.fixture
def client(echo: Echo) -> Iterator[Client]:
    opened = Client(echo)
    yield opened
    opened.live.close()
    opened.remote.close()


def last_asked(echo: Echo) -> tuple[str, Any]:
    asked = echo.asked.get(timeout=PATIENCE_SECONDS)
    while not echo.asked.empty():
        asked = echo.asked.get()
    return asked


def test_messages_arrive_in_the_order_in_which_they_were_sent(echo: Echo, client: Client) -> None:
    """The library alone gives each message a thread of its own, and loses the order."""
    echo.tell("changes", *({"seq": number} for number in range(MANY)))
    assert [client.next() for _ in range(MANY)] == [("changes", {"seq": number}) for number in range(MANY)]


def test_no_thread_is_started_for_a_message(echo: Echo, client: Client) -> None:
    echo.tell("heartbeat", {"seq": 0})
    client.next()
    before = {thread.ident for thread in threading.enumerate()}
    names: set[int | None] = set()
    client.live._on_event = lambda event, payload: (  # the seam of the caller, watched from inside
        names.add(threading.get_ident()),
        client.heard.put((event, payload)),
    )
    echo.tell("heartbeat", *({"seq": number} for number in range(20)))
    for _ in range(20):
        client.next()
    assert len(names) == 1
    assert names <= before


def test_a_refused_credential_is_told_in_the_servers_words(echo: Echo) -> None:
    with pytest.raises(Unauthenticated) as refused:
        Client(echo, key="bad")
    assert (refused.value.code, str(refused.value)) == ("key_invalid", "No es válida.")


def test_what_is_asked_goes_out_in_the_shapes_of_the_protocol(echo: Echo, client: Client) -> None:
    lease = client.live.lock_contact(7, "edit")
    assert last_asked(echo) == ("lock_contact", {"id": 7, "purpose": "edit"})
    assert lease == Lease(7, 5, "2026-11-22T10:00:45.000Z")
    assert client.live.sync(Position("a", 3, 2)) == Standing(True, {"people": []})
    assert last_asked(echo) == ("sync", {"epoch": "a", "seq": 3, "sight": 2})
    client.live.view_contact(None)
    assert last_asked(echo) == ("view_contact", {"id": None})


def test_refusals_are_errors_of_their_own_kind(client: Client) -> None:
    lease = Lease(7, 5, "")
    with pytest.raises(Gone):
        client.live.renew_locks([lease])
    with pytest.raises(Locked) as locked:
        client.live.unlock_contact(lease)
    assert locked.value.fields == {"holder": "luz"}
    with pytest.raises(TooMany) as busy:
        client.live.tell_phone("ready", "")
    assert busy.value.retry_after_seconds == 9
    with pytest.raises(Forbidden):
        client.live.answer_request(7, "keep")


def test_who_waits_for_an_answer_is_told_at_once_when_the_connection_ends(echo: Echo) -> None:
    client = Client(echo)
    outcome: queue.SimpleQueue[str] = queue.SimpleQueue()

    def wait_for_answer() -> None:
        try:
            client.live.request_contact(1)
        except Unavailable as error:
            outcome.put(error.code)

    waiting = threading.Thread(target=wait_for_answer)
    waiting.start()
    while last_asked(echo)[0] != "request_contact":
        continue
    echo.hang_up()
    assert outcome.get(timeout=PATIENCE_SECONDS) == "connection_lost"
    waiting.join()
    client.remote.close()


def test_a_goodbye_of_the_server_is_heard_once_and_leaves_nothing_behind(echo: Echo) -> None:
    before = set(threading.enumerate())
    client = Client(echo)
    echo.hang_up()
    assert client.next()[0] == "closed"
    client.live.close()
    assert client.heard.empty()
    with pytest.raises(Unavailable):
        client.live.view_contact(1)
    started = set(threading.enumerate()) - before
    deadline = time.monotonic() + PATIENCE_SECONDS
    # One that was caught in the middle of its start cannot be joined yet.
    while any(thread.ident is None or thread.is_alive() for thread in started) and time.monotonic() < deadline:
        threading.Event().wait(0.01)
    assert not any(thread.is_alive() for thread in started)
    client.remote.close()


def test_an_end_that_was_taken_together_with_a_message_is_found_again(client: Client) -> None:
    """Or the library's writer waits for more, and its reader for it: the loss would be told 19 seconds late."""
    outgoing = client.live._client.eio.create_queue()
    outgoing.put("a message")
    outgoing.put(None)
    assert [outgoing.get(), outgoing.get(block=False), outgoing.get(timeout=1)] == ["a message", None, None]


def test_closing_twice_is_no_error(echo: Echo) -> None:
    client = Client(echo)
    client.live.close()
    client.live.close()
    assert client.next()[0] == "closed"
    assert client.heard.empty()
    client.remote.close()


def test_where_there_is_no_socket_it_is_said(echo: Echo) -> None:
    del echo
    with pytest.raises(Unavailable):
        Live.open(f"http://127.0.0.1:{free_port()}", {}, lambda _event, _payload: None, ca_file=None)
