"""The live sockets: who may connect, and what becomes of each event. Every event is authorised like a route."""

from __future__ import annotations

import asyncio
import secrets
from collections import Counter
from collections.abc import Mapping
from typing import Any

import orjson

from callmanager.domain.errors import CallManagerError, Forbidden, Invalid, TooMany, Unavailable
from callmanager.domain.permissions import require
from callmanager.domain.protocol import check_window
from callmanager.domain.texts import N_
from callmanager.i18n import choose_language
from callmanager.server.edges.callers import (
    CLIENT_HEADER,
    Caller,
    caller_of,
    check_origin,
    client_address,
    note_forwarding,
)
from callmanager.server.edges.failures import error_to_wire, incident_to_wire
from callmanager.server.edges.outlets import OUTLET
from callmanager.server.edges.scopes import Receive, Scope, Send, headers_of, recognise, say_problem
from callmanager.server.edges.shapes import named_problems
from callmanager.server.edges.texts import check_address, check_json, write_json
from callmanager.server.logs import get_log
from callmanager.server.realtime.engine.lines import LOOK_SECONDS, LoopTime, SocketLine, hear
from callmanager.server.realtime.engine.server import Refused, SocketServer
from callmanager.server.realtime.handlers import EVENTS
from callmanager.server.realtime.live import Live
from callmanager.server.realtime.live_sockets import MOST_AT_WORK, LiveSocket
from callmanager.server.realtime.packets import text_frame
from callmanager.server.realtime.registry import Asked, DeclaredEvent
from callmanager.server.realtime.revocation import admit

MOST_LINES = 4_000
MOST_OF_A_USER = 1_200
LINE = "callmanager.line"
_SAID_IN_AUTH = frozenset({"authorization", "x-api-key", CLIENT_HEADER})

_log = get_log("live")


class Sockets:
    """The ASGI part behind /socket.io/. It is also what the library calls back (engine.Handlers)."""

    def __init__(self, live: Live) -> None:
        self._live = live
        self._services = live.services
        self._server = SocketServer(self)
        self._lines: set[SocketLine] = set()
        self._time = LoopTime()
        self._admitted: dict[str, LiveSocket] = {}
        self._per_user: Counter[int] = Counter()

    def start(self) -> None:
        """Begin, and look after silent lines. Called in the loop."""
        self._live.start()
        self._live.add_task("lines", self._watch)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = headers_of(scope)
        caller = caller_of(scope, headers)
        note_forwarding(self._services, caller)
        try:
            check_origin(self._services.rules, headers.get("origin"), headers.get("host", ""))
            check_address(scope["path"], scope["query_string"].decode("latin-1"))
            _check_websocket(scope)
            self._check_room()
        except CallManagerError as error:
            self._live.counts.refused += 1
            await say_problem(error, scope, receive, send, language=self._language(headers))
            return
        await self._serve(scope, caller, receive, send)

    def _check_room(self) -> None:
        """Strangers have had to find a place before (guests/connections.py)."""
        if self._live.stopping or len(self._admitted) >= MOST_LINES:
            raise Unavailable("live_full", N_("The server takes no more live connections just now. Try again soon."))

    def _check_running(self) -> None:
        if self._live.stopping:
            raise Unavailable("stopping", N_("The server is stopping. Try again in a moment."))

    async def _serve(self, scope: Scope, caller: Caller, receive: Receive, send: Send) -> None:
        now = self._time.now
        line = SocketLine(client_address(self._services, caller), scope["extensions"][OUTLET], now, now)
        scope["extensions"][LINE] = line
        self._lines.add(line)
        try:
            await self._server.handle_request(scope, hear(line, receive, self._time), send)
        finally:
            self._lines.discard(line)

    async def _watch(self) -> None:
        await asyncio.sleep(LOOK_SECONDS)
        now = self._time.look()
        for line in list(self._lines):
            fault = line.fault(now)
            if fault is not None:
                self._live.counts.cut_off += 1
                _log.info("line_cut", reason=fault, address=line.address)
                line.outlet.abort()

    async def connect(self, sid: str, scope: Any, auth: object) -> None:
        given = auth if isinstance(auth, dict) else {}
        language = self._language({"accept-language": str(given.get("language") or "")[:40]})
        line: SocketLine = scope["extensions"][LINE]
        try:
            socket = await self._introduce(sid, scope, given, language, line)
        except CallManagerError as error:
            self._live.counts.refused += 1
            _log.info("refused", code=error.code, address=line.address)
            asyncio.get_running_loop().call_later(1.0, line.outlet.end)
            told = error_to_wire(error, language)
            raise Refused(told["detail"], told) from None
        line.introduced = True
        recognise(self._services.guests, scope)
        self._admitted[sid] = socket
        self._per_user[socket.user_id] += 1

    async def _introduce(
        self, sid: str, scope: Any, given: Mapping[str, Any], language: str, line: SocketLine
    ) -> LiveSocket:
        caller = caller_of(scope, _with_credential(scope, given))
        loop = asyncio.get_running_loop()
        asked_at = self._live.broadcaster.committed
        who = await loop.run_in_executor(self._live.threads, admit, self._services, caller)
        understanding = check_window(given)
        if self._per_user[who.actor.id] >= MOST_OF_A_USER:
            raise TooMany("too_many_windows", N_("This user has too many windows open."), retry_after_seconds=60)
        return LiveSocket(sid, caller, who, language, line.outlet, asked_at, understanding)

    def enter(self, sid: str) -> None:
        socket = self._admitted.get(sid)
        if socket is not None:
            self._live.rooms.enter(socket)
            self._live.presence.arrive(sid, socket.identity.actor)
            if socket.is_desk:
                self._services.attendance.arrive(sid, socket.identity.actor)
            self._live.welcome(socket, socket.asked_at)

    def disconnect(self, sid: str) -> None:
        socket = self._admitted.pop(sid, None)
        if socket is not None:
            socket.ending = True
            self._per_user[socket.user_id] -= 1
            if not self._per_user[socket.user_id]:
                del self._per_user[socket.user_id]
            self._live.rooms.leave(sid)
            self._live.presence.depart(sid)
            self._services.attendance.depart(sid)

    def hang_up(self, scope: Any) -> None:
        scope["extensions"][LINE].outlet.end()

    def acknowledge(self, sid: str, number: int, answer: bytes) -> None:
        socket = self._live.rooms.find(sid)
        if socket is not None:
            self._live.rooms.send(socket, text_frame(b"43%d[%b]" % (number, answer)))

    async def receive(self, sid: str, name: object, values: list[Any]) -> bytes | None:
        socket = self._live.rooms.find(sid)
        if socket is None or socket.ending:
            return None
        try:
            self._check_running()
            declared = _declared(name)
            require(socket.identity.actor, declared.permission)
            _count(socket)
        except CallManagerError as error:
            return _refusal(error, socket.language)
        socket.at_work += 1
        try:
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self._live.threads, self._carry_out, socket, declared, values)
        finally:
            socket.at_work -= 1

    def _carry_out(self, socket: LiveSocket, declared: DeclaredEvent, values: list[Any]) -> bytes:
        """In a thread: check what was sent, do it, and put the answer into words. One of the edges."""
        try:
            with named_problems("event"):
                raw = write_json(values[0] if values else {})
                check_json(raw)
                body = declared.body.model_validate_json(raw, strict=True)
            answer = declared.handler(Asked(self._services, self._live, socket), body)
            return orjson.dumps({"ok": True, **answer})
        except CallManagerError as error:
            return _refusal(error, socket.language)
        except Exception:  # noqa: BLE001  # the edge of sockets
            incident = secrets.token_hex(4)
            _log.exception("failed", incident=incident, event_name=declared.name)
            return _told(incident_to_wire(incident, socket.language))

    def _language(self, headers: Mapping[str, str]) -> str:
        return choose_language(headers.get("accept-language"), default=self._services.rules.language)


def _check_websocket(scope: Scope) -> None:
    if scope["type"] != "websocket":
        raise Invalid("websocket_needed", N_('Live updates need a WebSocket: set transports: ["websocket"].'))


def _with_credential(scope: Any, given: Mapping[str, Any]) -> dict[str, str]:
    """The headers as a request with this credential would have them; those of the connection itself open nothing."""
    headers = {name: text for name, text in headers_of(scope).items() if name not in _SAID_IN_AUTH}
    token, key = given.get("token"), given.get("api_key")
    if isinstance(token, str) and token:
        headers["authorization"] = f"Bearer {token}"
    if isinstance(key, str) and key:
        headers["x-api-key"] = key
    if given.get("client") is not None:
        headers[CLIENT_HEADER] = str(given["client"])
    return headers


def _declared(name: object) -> DeclaredEvent:
    found = EVENTS.get(name) if isinstance(name, str) else None
    if found is None:
        raise Forbidden("event_unknown", N_("There is no such event. They are described at /asyncapi.json."))
    return found


def _count(socket: LiveSocket) -> None:
    if socket.at_work >= MOST_AT_WORK or not socket.events.take():
        raise TooMany(
            "too_many_events", N_("Too many events at once. Seconds to wait: %(seconds)s."), retry_after_seconds=1
        )


def _refusal(error: CallManagerError, language: str) -> bytes:
    return _told(error_to_wire(error, language))


def _told(error: Mapping[str, Any]) -> bytes:
    return orjson.dumps({"ok": False, "error": error}, default=str)
