"""GET /events: the live changes as Server-Sent Events. Thousands of idle readers hold no thread."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from urllib.parse import parse_qs

import orjson

from callmanager.domain.errors import CallManagerError, Gone, Invalid, TooMany, Unavailable
from callmanager.domain.texts import N_
from callmanager.i18n import choose_language
from callmanager.server.changes.broadcast import Audience, audience_of, is_behind, is_empty, read_piece
from callmanager.server.changes.entities import ENTITIES
from callmanager.server.edges.callers import Caller, caller_of, check_origin, note_forwarding
from callmanager.server.edges.failures import error_to_wire
from callmanager.server.edges.scopes import Receive, Scope, Send, hang_up, headers_of, recognise, say_problem
from callmanager.server.edges.texts import check_address
from callmanager.server.logs import get_log
from callmanager.server.queries.identities import Identity
from callmanager.server.realtime.live import Live
from callmanager.server.realtime.revocation import admit

HEARTBEAT_SECONDS = 15.0
TAKE_SECONDS = 10.0
PIECE = 500
MOST_WAITING = 256
MOST_STREAMS = 4_000
MOST_OF_A_USER = 200

_log = get_log("live")

_HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),
    (b"x-content-type-options", b"nosniff"),
]


class Stream:
    """One reader (rooms.Reader). `position` is the seq up to which it was given everything."""

    def __init__(
        self, caller: Caller, identity: Identity, language: str, audience: Audience, position: int, *, asked_at: int = 0
    ) -> None:
        self.caller = caller
        self.identity = identity
        self.audience = audience
        self.position = position
        self.asked_at = asked_at
        self.ended = False
        self.waiting: asyncio.Queue[bytes] = asyncio.Queue(MOST_WAITING)
        self._language = language
        self._missed = False

    def offer(self, seq: int, payload: bytes) -> None:
        """Take a message; after one that cannot be taken the log is read again from `position`."""
        if is_behind(payload) or self._missed or self.waiting.full():
            self._missed = True
            with suppress(asyncio.QueueFull):
                self.waiting.put_nowait(b"")
            return
        self.position = seq
        if not is_empty(payload):
            self.waiting.put_nowait(_event(seq, payload))

    def take_missed(self) -> bool:
        """Whether something was missed since the last time this was asked."""
        missed, self._missed = self._missed, False
        return missed

    def sign_out(self, error: CallManagerError) -> None:
        detail = error_to_wire(error, self._language)["detail"]
        self._say_last(b"event: signed_out\ndata: %b\n\n" % orjson.dumps({"reason": error.code, "detail": detail}))

    def end(self) -> None:
        self._say_last(b'event: notice\ndata: {"code":"stopping"}\n\n')

    def _say_last(self, text: bytes) -> None:
        self.ended = True
        if self.waiting.full():
            self.waiting.get_nowait()
        self.waiting.put_nowait(text)


class Events:
    """The ASGI part behind /events."""

    def __init__(self, live: Live) -> None:
        self._live = live
        self._services = live.services

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = headers_of(scope)
        language = choose_language(headers.get("accept-language"), default=self._services.rules.language)
        try:
            stream = await self._open(scope, headers, language)
        except CallManagerError as error:
            await say_problem(error, scope, receive, send, language=language)
            return
        leaving = asyncio.ensure_future(_until_left(receive, stream))
        try:
            async with asyncio.timeout(TAKE_SECONDS):
                await send({"type": "http.response.start", "status": 200, "headers": _HEADERS})
            await self._follow(stream, send)
            async with asyncio.timeout(TAKE_SECONDS):
                await send({"type": "http.response.body", "body": b""})
        except TimeoutError:
            self._live.counts.cut_off += 1
            _log.info("stream_cut", user=stream.identity.actor.name, seq=stream.position)
            await hang_up(scope, receive)
        finally:
            leaving.cancel()
            self._live.rooms.part(stream.audience, stream)

    async def _open(self, scope: Scope, headers: Mapping[str, str], language: str) -> Stream:
        if scope["type"] != "http" or scope["method"] != "GET":
            raise Invalid("method_not_allowed", N_("The request could not be read. Check its address and body."))
        caller = caller_of(scope, headers)
        note_forwarding(self._services, caller)
        check_origin(self._services.rules, headers.get("origin"), headers.get("host", ""))
        check_address(scope["path"], scope["query_string"].decode("latin-1"))
        loop = asyncio.get_running_loop()
        asked_at = self._live.broadcaster.committed
        who = await loop.run_in_executor(self._live.threads, self._admit, caller)
        recognise(self._services.guests, scope)
        position = _parse_position(headers.get("last-event-id"), self._live.broadcaster.seq)
        audience = audience_of(who.sight, _parse_kinds(scope["query_string"]))
        return Stream(caller, who, language, audience, position, asked_at=asked_at)

    def _admit(self, caller: Caller) -> Identity:
        who = admit(self._services, caller)
        self._services.limits.check(str(who.actor.id), "read")
        readers = list(self._live.rooms.readers())
        if self._live.stopping or len(readers) >= MOST_STREAMS:
            raise Unavailable("live_full", N_("The server takes no more live connections just now. Try again soon."))
        if sum(reader.identity.actor.id == who.actor.id for reader in readers) >= MOST_OF_A_USER:
            raise TooMany("too_many_windows", N_("This user has too many windows open."), retry_after_seconds=60)
        return who

    async def _follow(self, stream: Stream, send: Send) -> None:
        """Catch up from the log, then go on with what is told; and again when something was missed."""
        await _give(send, b"retry: 3000\n: from %d\n\n" % stream.position)
        await self._catch_up(stream, send)
        while not (stream.ended and stream.waiting.empty()):
            try:
                async with asyncio.timeout(HEARTBEAT_SECONDS):
                    piece = await stream.waiting.get()
            except TimeoutError:
                piece = b": at %d\n\n" % stream.position
            if piece:
                await _give(send, piece)
            if stream.waiting.empty() and stream.take_missed():
                self._live.rooms.part(stream.audience, stream)
                await self._catch_up(stream, send)

    async def _catch_up(self, stream: Stream, send: Send) -> None:
        """Read the log up to where everybody was told, and from there listen: nothing can happen in between."""
        while not stream.ended and stream.position < self._live.broadcaster.seq:
            to = min(stream.position + PIECE, self._live.broadcaster.seq)
            stream.asked_at = self._live.broadcaster.committed
            try:
                loop = asyncio.get_running_loop()
                payload = await loop.run_in_executor(self._live.threads, self._read, stream, to)
            except CallManagerError as error:  # signed out meanwhile, or the database is out of order
                stream.sign_out(error)
                return
            stream.position = to
            if not is_empty(payload):
                await _give(send, _event(to, payload))
        self._live.rooms.join(stream.audience, stream)
        self._live.welcome(stream, stream.asked_at)

    def _read(self, stream: Stream, to: int) -> bytes:
        admit(self._services, stream.caller)  # rights may end while somebody catches up
        with self._services.storage.read() as connection:
            return read_piece(connection, stream.audience, since=stream.position, to=to)


def _parse_kinds(query: bytes) -> frozenset[str] | None:
    """The kinds of record in `?entity=contact,call`. Raises Invalid for one that does not exist."""
    given = parse_qs(query.decode("latin-1")[:2_000]).get("entity")
    if not given:
        return None
    kinds = frozenset(kind.strip() for text in given for kind in text.split(",") if kind.strip())
    unknown = sorted(kinds - _KINDS)
    if unknown or not kinds:
        name = unknown[0][:40] if unknown else ""
        raise Invalid(
            "entity_unknown",
            N_("There is no kind of record %(name)s. There are: %(known)s."),
            fields={"field": "entity", "allowed": sorted(_KINDS)},
            name=name,
            known=", ".join(sorted(_KINDS)),
        )
    return kinds


_KINDS = frozenset(ENTITIES)


def _parse_position(text: str | None, seq: int) -> int:
    """Where Last-Event-ID says that the reader is; without one, now. Raises Gone for one from another time."""
    if text is None:
        return seq
    digits = text.strip()
    position = int(digits) if digits.isascii() and digits.isdecimal() and len(digits) < 17 else seq + 1
    if position > seq:
        raise Gone(
            "snapshot_needed",
            N_("What this program remembers is of another time. It must load everything again."),
            fields={"seq": seq},
        )
    return position


def _event(seq: int, payload: bytes) -> bytes:
    return b"id: %d\nevent: changes\ndata: %b\n\n" % (seq, payload)


async def _give(send: Send, piece: bytes) -> None:
    async with asyncio.timeout(TAKE_SECONDS):
        await send({"type": "http.response.body", "body": piece, "more_body": True})


async def _until_left(receive: Receive, stream: Stream) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    stream.end()
