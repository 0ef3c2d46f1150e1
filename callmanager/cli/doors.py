"""The way from a command to the data: the API of the server that runs on it, or of one that is built in this process.

Either way the same routes answer, with their checks, their change log and their sentences (docs/decisions/0030).
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Protocol
from urllib.parse import urlencode, urlsplit

from filelock import FileLock, Timeout

from callmanager.cli.spoken import language
from callmanager.domain.clock import SystemClock
from callmanager.domain.errors import CallManagerError, Unavailable
from callmanager.domain.texts import N_
from callmanager.server.logs import set_up_logs, take_down_logs
from callmanager.server.process.offices import require_office
from callmanager.server.process.ownership import find_owner, lock_path
from callmanager.server.security.local_pass import CHALLENGE, PROOF, SCHEME, is_proof, make_pass
from callmanager.server.security.secret_file import read_or_create_secret
from callmanager.server.security.tokens import Tokens
from callmanager.settings import Settings

if TYPE_CHECKING:
    import requests

_CHUNK = 256 * 1024
_MEGABYTE = 1_048_576
_CONNECT_SECONDS = 10.0
LOOPBACK = "127.0.0.1"


class Refused(CallManagerError):
    """The API said no; `message` is its sentence, already in the language of this run."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a route answered. `headers` have names in lower case; `chunks` is the body, to be read once."""

    status: int
    headers: Mapping[str, str]
    chunks: Iterator[bytes]

    def value(self) -> Any:
        """The body as JSON."""
        return json.loads(b"".join(self.chunks) or b"null")

    @property
    def version(self) -> str:
        """The entity tag, for If-Match."""
        return self.headers.get("etag", "")


@dataclass(frozen=True, slots=True)
class Asked:
    """One request, as both doors take it."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes | BinaryIO


class Carrier(Protocol):
    """Takes a request to the application and brings the answer."""

    def carry(self, asked: Asked) -> Answer: ...


class Door:
    """Asks the API as this PC itself."""

    def __init__(self, carrier: Carrier, tokens: Tokens) -> None:
        self._carrier = carrier
        self._tokens = tokens

    def ask(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, object] | None = None,
        body: Any = None,
        file: BinaryIO | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """The answer of a route; `body` goes as JSON, `file` as it is. Raises Refused with the sentence of the API."""
        given = {name: value for name, value in (query or {}).items() if value is not None}
        sent = json.dumps(body).encode() if body is not None else b""
        answer = self._carrier.carry(
            Asked(
                method,
                f"{path}?{urlencode(given)}" if given else path,
                {
                    **self._credential(method, path),
                    **({"Content-Type": "application/json"} if sent else {}),
                    **(headers or {}),
                },
                file or sent,
            )
        )
        if answer.status >= HTTPStatus.BAD_REQUEST:
            raise _refused(answer)
        return answer

    def get(self, path: str, **query: object) -> Any:
        """The JSON that GET answers."""
        return self.ask("GET", path, query=query).value()

    def pages(self, path: str, **query: object) -> Iterator[Any]:
        """Every item of a list, page after page."""
        target: str | None = f"{path}?{urlencode({k: v for k, v in query.items() if v is not None})}"
        while target:
            where = urlsplit(target)
            answer = self._carrier.carry(Asked("GET", target, self._credential("GET", where.path), b""))
            if answer.status >= HTTPStatus.BAD_REQUEST:
                raise _refused(answer)
            yield from answer.value()
            link = answer.headers.get("link", "")
            target = link[1 : link.index(">")] if 'rel="next"' in link else None

    def _credential(self, method: str, path: str) -> dict[str, str]:
        text = make_pass(self._tokens, method, path, now=SystemClock().now())
        return {"Authorization": f"{SCHEME} {text}", "Accept-Language": language(), "Accept": "*/*"}


@contextmanager
def open_door(settings: Settings) -> Iterator[Door]:
    """A door to the settings' database, held until the block is left; it must be there, and is never made.

    Raises NotFound, Unavailable, Conflict.
    """
    require_office(settings.DATABASE, settings.backup_folders)
    lock = FileLock(lock_path(settings.DATABASE), timeout=0)
    try:
        lock.acquire()
    except Timeout:
        tokens = _tokens(settings)
        with _running_server(settings) as server:
            _check_ours(server, tokens, settings)
            yield Door(server, tokens)
        return
    except OSError as error:
        raise Unavailable(
            "folder_unusable",
            N_("The server cannot write in the folder %(folder)s. Check that this account may."),
            folder=str(settings.DATABASE.parent),
        ) from error
    try:
        with _own_application(settings) as carrier:
            yield Door(carrier, _tokens(settings))
    finally:
        lock.release()


def is_running(settings: Settings) -> bool:
    """Whether somebody (a server, a restore) holds the database."""
    if not lock_path(settings.DATABASE).exists():
        return False
    try:
        with FileLock(lock_path(settings.DATABASE), timeout=0):
            return False
    except Timeout:
        return True


def running_port(settings: Settings) -> int:
    """The port of the server that holds the database, as its note says, else the one of the settings."""
    owner = find_owner(settings.DATABASE) or {}
    port = owner.get("port")
    return port if isinstance(port, int) and port > 0 else settings.SERVER_PORT


def _tokens(settings: Settings) -> Tokens:
    secret = read_or_create_secret(settings.SECRET_FILE).value
    return Tokens(secret, issuer="callmanager", audience="callmanager", clock=SystemClock())


@contextmanager
def _own_application(settings: Settings) -> Iterator[Carrier]:
    from callmanager.server.app import build_app, build_services  # noqa: PLC0415 - half a second; lists need it, help not

    set_up_logs(
        settings.LOG_FILE,
        level=settings.LOG_LEVEL,
        max_bytes=settings.LOG_MAX_MEGABYTES * _MEGABYTE,
        kept=settings.LOG_FILES_KEPT,
    )
    try:
        services = build_services(settings)
        try:
            yield _InProcess(build_app(services))
        finally:
            services.register_turn.stop()
            services.imports.close()
            services.storage.close()
    finally:
        take_down_logs()


class _InProcess:
    """Calls the WSGI application of this process."""

    def __init__(self, app: Any) -> None:
        self._client = app.test_client()  # Flask's own way to call an application without a network

    def carry(self, asked: Asked) -> Answer:
        stream = {"data": asked.body} if isinstance(asked.body, bytes) else {"input_stream": asked.body}
        response = self._client.open(
            asked.target,
            method=asked.method,
            headers={**asked.headers, "Content-Length": str(_length(asked.body))},
            base_url=f"http://{LOOPBACK}",
            environ_base={"REMOTE_ADDR": LOOPBACK},
            **stream,
        )
        headers = {name.lower(): value for name, value in response.headers.items()}
        return Answer(response.status_code, headers, iter(response.response))


@contextmanager
def _running_server(settings: Settings) -> Iterator[Carrier]:
    from callmanager.cli.this_pc import open_session  # noqa: PLC0415 - requests is slow to load; help needs it not

    with open_session(settings.TLS_CERT) as session:
        yield _OverLoopback(session, running_port(settings), "https" if settings.TLS_CERT else "http")


def _check_ours(server: Carrier, tokens: Tokens, settings: Settings) -> None:
    """Raises Unavailable before anything is sent to a program that does not hold the secret of this office."""
    challenge = secrets.token_hex(32)
    answer = server.carry(Asked("GET", "/health", {CHALLENGE: challenge}, b""))
    for _chunk in answer.chunks:
        pass  # the connection is free for the next request after the body
    if not is_proof(tokens, challenge, answer.headers.get(PROOF.lower(), "")):
        raise Unavailable(
            "another_server",
            N_(
                "At 127.0.0.1:%(port)s answers a program without the secret of %(database)s, so nothing was sent to "
                "it. Run this in the folder of config.py, as the user that starts the server; give each office on this "
                "PC a SERVER_PORT of its own; after an update, restart the server."
            ),
            port=running_port(settings),
            database=str(settings.DATABASE),
        )


class _OverLoopback:
    """Speaks HTTP with the server on this PC."""

    def __init__(self, session: requests.Session, port: int, scheme: str) -> None:
        self._session = session
        self._port = port
        self._base = f"{scheme}://{LOOPBACK}:{port}"

    def carry(self, asked: Asked) -> Answer:
        try:
            response = self._session.request(
                asked.method,
                f"{self._base}{asked.target}",
                data=asked.body if _length(asked.body) else b"",  # an empty file would go without its length
                headers=asked.headers,
                timeout=(_CONNECT_SECONDS, None),  # an import may take minutes before it answers
                allow_redirects=False,
                stream=True,
            )
        except OSError as error:  # all that requests raises is one
            raise self._unreachable() from error
        headers = {name.lower(): value for name, value in response.headers.items()}
        return Answer(response.status_code, headers, response.iter_content(_CHUNK))

    def _unreachable(self) -> Unavailable:
        return Unavailable(
            "server_unreachable",
            N_(
                "The database is in use, but no server answers at 127.0.0.1:%(port)s. If one was just started or "
                "stopped, try again; if SERVER_HOST is one address of the network, stop the server first."
            ),
            port=self._port,
        )


def _length(body: bytes | BinaryIO) -> int:
    if isinstance(body, bytes):
        return len(body)
    size = body.seek(0, 2)
    body.seek(0)
    return size


def _refused(answer: Answer) -> Refused:
    try:
        problem = answer.value()
        return Refused(str(problem["code"]), str(problem["detail"]).replace("%", "%%"), fields=problem["fields"])
    except (ValueError, TypeError, KeyError):
        return Refused("unreadable_answer", N_("Something else than CallManager answers on the port of the server."))


def media_type(path: Path) -> str:
    """The declared type of a list by the ending of its file."""
    types = {".json": "application/json", ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}
    return types.get(path.suffix.lower(), "text/csv")
