"""One Socket.IO connection: opened, used, closed. It never reconnects by itself: that is for the sync to say."""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

import engineio
import socketio
from socketio.exceptions import ConnectionError as NotConnected
from socketio.exceptions import SocketIOError

from callmanager.desktop.remote.certificates import pinned_context
from callmanager.desktop.remote.problems import build_refusal
from callmanager.desktop.wire import Lease, Position, Standing
from callmanager.domain.errors import Unavailable
from callmanager.domain.texts import N_

CONNECT_SECONDS = 10.0
ANSWER_SECONDS = 15.0
CLOSED = "closed"

_log = logging.getLogger("callmanager.sockets")
_log.setLevel(logging.ERROR)  # below that the library writes whole messages, with credentials and people's data
_log.addHandler(logging.NullHandler())

OnEvent = Callable[[str, Any], None]
Reply = dict[str, Any]


class Live:
    """An open connection. Its methods wait for the server's acknowledgement; none may be called from `on_event`.

    They raise what the server refuses, and Unavailable when the connection is lost before the answer.
    """

    def __init__(self, on_event: OnEvent, ca_file: Path | None, fingerprint: str | None = None) -> None:
        self._on_event = on_event
        self._refusal: Any = None
        self._waiting: set[queue.SimpleQueue[Any]] = set()
        self._lock = threading.Lock()
        self._is_closed = False
        self._client = _Client(
            reconnection=False,
            handle_sigint=False,
            logger=_log,
            engineio_logger=_log,
            request_timeout=CONNECT_SECONDS,
            websocket_extra_options=_socket_options(ca_file, fingerprint),
        )
        self._client.on("*", self._hear)
        self._client.on("connect_error", self._hear_refusal)
        self._client.on("disconnect", self._hear_end)

    @classmethod
    def open(
        cls,
        address: str,
        handshake: Mapping[str, Any],
        on_event: OnEvent,
        *,
        ca_file: Path | None,
        fingerprint: str | None = None,
    ) -> Live:
        """Connect and be accepted. Raises Unauthenticated or what else the server refuses, and Unavailable."""
        live = cls(on_event, ca_file, fingerprint)
        try:
            live._client.connect(address, auth=dict(handshake), transports=["websocket"], wait_timeout=CONNECT_SECONDS)
        except (NotConnected, OSError, ValueError) as error:
            live._is_closed = True
            if isinstance(live._refusal, Mapping):
                raise build_refusal(_told_refusal(live._refusal)) from error
            raise _no_socket() from error
        return live

    @property
    def is_closed(self) -> bool:
        """Whether the connection has ended, from either side."""
        with self._lock:
            return self._is_closed

    def sync(self, position: Position) -> Standing:
        """Say up to where the replica is complete, and learn whether something is missing."""
        reply = self._call("sync", {"epoch": position.epoch, "seq": position.seq, "sight": position.sight})
        is_current = not (reply.get("pull", True) or reply.get("snapshot", True))
        return Standing(is_current, reply.get("presence"), reply.get("agents"))

    def lock_contact(self, contact_id: int, purpose: str) -> Lease:
        """Take the lease of a contact for `edit` or `call`. Raises Locked with the holder in its fields."""
        reply = self._call("lock_contact", {"id": contact_id, "purpose": purpose})
        return Lease(contact_id, reply["token"], reply["expires_at"])

    def renew_locks(self, leases: Sequence[Lease], *, active: Collection[int] = ()) -> list[Lease]:
        """Renew all leases held, in one message; those that are over are missing from what comes back.

        `active` are the contacts that the user has worked on since the last time.
        """
        given = [{"id": x.contact_id, "token": x.token, "active": x.contact_id in active} for x in leases]
        renewed = self._call("renew_locks", {"leases": given})["leases"]
        return [Lease(one["id"], one["token"], one["expires_at"]) for one in renewed]

    def unlock_contact(self, lease: Lease) -> None:
        """Give a lease back."""
        self._call("unlock_contact", {"id": lease.contact_id, "token": lease.token})

    def view_contact(self, contact_id: int | None) -> None:
        """Tell the others which contact is open here; None: no one."""
        self._call("view_contact", {"id": contact_id})

    def request_contact(self, contact_id: int) -> None:
        """Ask the holder of a contact to let it go."""
        self._call("request_contact", {"id": contact_id})

    def answer_request(self, contact_id: int, answer: str) -> None:
        """Answer somebody who asks for a contact held here: `release` or `keep`."""
        self._call("answer_request", {"id": contact_id, "answer": answer})

    def set_state(self, state: str, reason: str | None = None) -> Reply:
        """Be `ready`, or `not_ready` with a reason (domain/agent_states.py). Returns one's own state as it is now.

        Raises Conflict during a call, Invalid.
        """
        given = {"state": state} if reason is None else {"state": state, "reason": reason}
        agent: Reply = self._call("set_state", given)["agent"]
        return agent

    def tell_phone(self, state: str, detail: str) -> None:
        """Say whether the phone of this PC can dial, for those who lead the team."""
        self._call("softphone", {"health": {"state": state, "detail": detail}})

    def close(self) -> None:
        """End the connection; `closed` is the last event, unless it was lost before."""
        with self._lock:
            has_ended = self._is_closed
        if not has_ended:  # a second goodbye would empty the queue from which the writer learns of the first
            self._client.disconnect()
            self._end("closed_here")

    def _call(self, event: str, given: dict[str, Any]) -> Reply:
        box: queue.SimpleQueue[Any] = queue.SimpleQueue()
        with self._lock:
            if self._is_closed:
                raise _connection_lost()
            self._waiting.add(box)
        try:
            self._client.emit(event, given, callback=lambda *reply: box.put(reply[0] if reply else None))
            reply = box.get(timeout=ANSWER_SECONDS)
        except (queue.Empty, SocketIOError) as error:
            raise _connection_lost() from error
        finally:
            with self._lock:
                self._waiting.discard(box)
        return _checked(reply)

    def _hear(self, event: str, *payload: Any) -> None:
        self._on_event(event, payload[0] if payload else None)

    def _hear_refusal(self, *refusal: Any) -> None:
        self._refusal = refusal[0] if refusal else None

    def _hear_end(self, reason: Any = None) -> None:
        self._end(str(reason))

    def _end(self, reason: str) -> None:
        with self._lock:
            if self._is_closed:
                return
            self._is_closed = True
            boxes = list(self._waiting)
        for box in boxes:
            box.put(_LOST)
        self._on_event(CLOSED, {"reason": reason})


_LOST = object()


class _Outgoing(queue.Queue[Any]):
    """What waits to be sent, and None for the end, twice: the library's writer overlooks an end that it takes together
    with a message. It would wait for more in vain, and its reader for it: the loss would be told 19 seconds late.
    """

    def put(self, item: Any, block: bool = True, timeout: float | None = None) -> None:
        super().put(item, block, timeout)
        if item is None:
            super().put(None, block, timeout)


class _Engine(engineio.Client):  # type: ignore[misc]  # the library ships no types
    """Engine.IO's client starts a thread per message, which loses their order; here the reader handles each in turn.

    It leans on four inner names of the pinned library; tests/desktop/test_sockets.py fails when they move.
    """

    def create_queue(self, *args: Any, **kwargs: Any) -> queue.Queue[Any]:
        return _Outgoing(*args, **kwargs)

    def _trigger_event(self, event: str, *args: Any, **kwargs: Any) -> Any:
        kwargs["run_async"] = False
        return super()._trigger_event(event, *args, **kwargs)

    def _reset(self) -> None:
        super()._reset()
        if self.ws is not None:
            self.ws.shutdown()  # the library leaves it open when the server was torn away

    def disconnect(self, abort: bool = False, reason: str | None = None) -> None:
        # A goodbye of the server is handled by the reader, which cannot wait for its own end; and aborting instead
        # would leave the writer waiting for half a minute.
        if threading.current_thread() is not self.read_loop_task:
            super().disconnect(abort=abort, reason=reason)
            return
        threading.Thread(target=super().disconnect, kwargs={"reason": reason}, daemon=True).start()


class _Client(socketio.Client):  # type: ignore[misc]
    def _engineio_client_class(self) -> type[engineio.Client]:
        return _Engine


def _socket_options(ca_file: Path | None, fingerprint: str | None) -> dict[str, Any]:
    # The server stands in the office, so no proxy of the PC is asked: without a host of its own the library forgets
    # http_no_proxy. And the server answers itself: where it would send us gets no credential.
    no_proxy: dict[str, Any] = {"http_proxy_host": "none.invalid", "http_no_proxy": ["*"]}
    options: dict[str, Any] = {**no_proxy, "redirect_limit": 0}
    if fingerprint is not None:
        return {**options, "sslopt": {"context": pinned_context(fingerprint), "check_hostname": False}}
    return {**options, "sslopt": {"ca_certs": str(ca_file)}} if ca_file else options


def _told_refusal(refusal: Mapping[str, Any]) -> Mapping[str, Any]:
    """A refused handshake says {message, data}: our error is the data, or else the message is its code."""
    inner = refusal.get("data")
    if isinstance(inner, Mapping) and "code" in inner:
        return inner
    return refusal if "code" in refusal else {"code": str(refusal.get("message"))}


def _checked(reply: Any) -> Reply:
    if reply is _LOST:
        raise _connection_lost()
    if not isinstance(reply, dict) or not reply.get("ok"):
        raise build_refusal(reply.get("error") if isinstance(reply, dict) else None)
    return reply


def _no_socket() -> Unavailable:
    return Unavailable("no_socket", N_("There is no live connection with the server. Changes arrive with a delay."))


def _connection_lost() -> Unavailable:
    return Unavailable("connection_lost", N_("The connection with the server was lost. It is being opened again."))
