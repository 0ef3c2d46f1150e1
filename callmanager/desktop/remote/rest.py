"""The server's routes as methods. Holds the credential in memory; the session token is never given out or written."""

from __future__ import annotations

import copy
import uuid
from collections.abc import Callable, Iterator, Mapping
from http.cookiejar import DefaultCookiePolicy
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import orjson
import requests
from requests.auth import AuthBase

from callmanager.desktop.remote.certificates import PinnedAdapter
from callmanager.desktop.remote.problems import build_error
from callmanager.desktop.remote.servers import host_of, is_encrypted
from callmanager.desktop.remote.sockets import Live
from callmanager.desktop.remote.transfers import PIECE, TRANSFER_SECONDS, FileBody, Transfer, save_pieces
from callmanager.desktop.wire import Answer, Lease, Page, Position, SignedIn
from callmanager.domain.contact_fields import with_empty_fields
from callmanager.domain.contacts import ROWS_TYPE
from callmanager.domain.errors import Invalid, Unauthenticated, Unavailable
from callmanager.domain.protocol import handshake
from callmanager.domain.texts import N_

CONNECT_SECONDS = 5.0
ANSWER_SECONDS = 60.0
READ_SECONDS = 20.0
"""A read may be repeated at will, so a connection that died without a word is given up sooner."""
PAGE_LIMIT = 5_000
CONNECTIONS = 8

_ROWS_WISHED = {"Accept": f"{ROWS_TYPE}, application/json;q=0.5"}

OnEvent = Callable[[str, Any], None]


class Remote:
    """One server, asked as one user. Safe to use from several threads.

    Every method raises the domain's errors: Unavailable when nobody answers (`server_unreachable`: surely not done;
    `answer_lost`: perhaps done), and what the server refuses as it names it.
    """

    def __init__(
        self,
        address: str,
        *,
        api_key: str | None = None,
        language: str = "es",
        ca_file: Path | None = None,
        fingerprint: str | None = None,
        client: str = "desktop",
        answer_seconds: float | None = None,
    ) -> None:
        """`fingerprint` is the one certificate (SHA-256) that is trusted, in the place of `ca_file` or the PC's own.
        `client` is what the log of changes calls this program: `desktop`, `console` or `api`. After so much silence a
        request counts as lost (None: READ_SECONDS, ANSWER_SECONDS)."""
        self.address = check_address(address)
        if fingerprint is not None and not is_encrypted(self.address):
            raise https_needed(host_of(self.address))
        self.language = language
        self.client = client
        self._ca_file = ca_file
        self._fingerprint = fingerprint
        self._answer_seconds = answer_seconds
        self._credential = _Credential(api_key=api_key)
        self._session = _open_session(ca_file, fingerprint)

    def close(self) -> None:
        """Give back the connections."""
        self._session.close()

    def sign_in(self, username: str, password: str) -> SignedIn:
        """Sign in; all further requests are the user's. Raises Unauthenticated, Forbidden, TooMany, Unavailable."""
        given = {"username": username, "password": password}
        body = self.ask("POST", "/auth/login", body=given, key=None, anonymous=True).body
        self._credential = _Credential(token=body["token"])
        user = body["user"]
        return SignedIn(
            user_id=user["id"],
            username=user["username"],
            role=user["role"],
            team=user["team"],
            must_change_password=body["must_change_password"],
            expires_at=body["expires_at"],
            region=str(body.get("region") or "CR"),
            office=str(body.get("office") or ""),
        )

    def sign_out(self) -> None:
        """End the session at the server and forget its token."""
        try:
            self.ask("POST", "/auth/logout")
        except Unauthenticated:
            pass  # it had ended before
        finally:
            self._credential = _Credential()

    def show_me(self) -> dict[str, Any]:
        """Who the credential speaks for and what it may."""
        me: dict[str, Any] = self.ask("GET", "/auth/me").body
        return me

    def read_snapshot(self, *, limit: int = PAGE_LIMIT, as_rows: bool = False) -> Page:
        """The first page of everything the user may see; its contacts `as_rows` when the server knows how."""
        return self._read_page("/sync/snapshot", {"limit": limit}, as_rows=as_rows)

    def read_changes(self, position: Position, *, limit: int = PAGE_LIMIT, as_rows: bool = False) -> Page:
        """What changed after `position`. Raises Gone when a snapshot is needed."""
        query = {"epoch": position.epoch, "since": position.seq, "sight": position.sight, "limit": limit}
        return self._read_page("/sync/changes", query, as_rows=as_rows)

    def _read_page(self, path: str, query: Mapping[str, Any], *, as_rows: bool) -> Page:
        headers = self._headers("GET", None, None) | (_ROWS_WISHED if as_rows else {})
        how = {"params": query, "headers": headers, "auth": self._credential, "stream": True}
        with self._send("GET", path, again=True, **how) as response:
            content = b"".join(_pieces(response))  # far larger ones than requests takes by itself
        has_rows = response.status_code == 200 and response.headers.get("Content-Type") == ROWS_TYPE
        try:
            return Page.from_lines(content) if has_rows else Page.from_wire(_answer(response, content).body)
        except (KeyError, TypeError, ValueError) as error:
            raise build_error(200, None) from error

    def list_changes(
        self, *, since: int, before: int | None = None, limit: int = 1_000
    ) -> tuple[list[dict[str, Any]], int | None]:
        """Lines of the log with a seq over `since` (and under `before`), newest first, and before which to go on.

        There is more also when fewer than `limit` came, and no more when the second is None.
        """
        answer = self.ask("GET", "/changes", query={"since": since, "cursor": before, "limit": limit})
        following = answer.next_cursor()
        return answer.body, None if following is None else int(following)

    def get_contact(self, contact_id: int) -> dict[str, Any]:
        """One contact as it stands now. Raises NotFound."""
        return with_empty_fields(self.ask("GET", f"/contacts/{contact_id}").body)

    def edit_contact(
        self, contact_id: int, fields: Mapping[str, Any], *, version: int, lease: Lease | None = None
    ) -> dict[str, Any]:
        """Set fields of a contact seen at `version`. Raises Conflict (fields: mine, theirs, original) and Locked."""
        path = f"/contacts/{contact_id}"
        return with_empty_fields(self.ask("PATCH", path, body=fields, version=version, lease=lease).body)

    def connect_live(self, on_event: OnEvent) -> Live:
        """Open the socket. `on_event(name, payload)` is called in order from its thread, at last with `closed`.

        Raises Unauthenticated when the server refuses the credential, Forbidden when one of the two is too old for the
        other, Unavailable when there is no socket.
        """
        said = {**self._credential.handshake(), "language": self.language, "client": self.client, **handshake()}
        return Live.open(self.address, said, on_event, ca_file=self._ca_file, fingerprint=self._fingerprint)

    def ask(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, Any] | None = None,
        body: Any = None,
        version: int | None = None,
        key: str | None = "",
        lease: Lease | None = None,
        anonymous: bool = False,
    ) -> Answer:
        """One request. A write bears an Idempotency-Key: `key`, or one of its own (None: none), so that it is
        done once even when it must be sent twice."""
        headers = self._headers(method, key, version)
        if lease is not None:
            headers["Lease-Token"] = str(lease.token)
        sent = None if body is None else orjson.dumps(body)
        if sent is not None:
            headers["Content-Type"] = "application/json"
        auth = _Credential() if anonymous else self._credential
        again = method == "GET" or "Idempotency-Key" in headers
        response = self._send(method, path, again=again, params=query, data=sent, headers=headers, auth=auth)
        return _answer(response)

    def send_file(
        self, path: str, file: Path, transfer: Transfer, *, query: Mapping[str, Any] | None = None, key: str = ""
    ) -> Answer:
        """POST a file, and wait for the answer as long as work on a large list takes. With `key` it is done once,
        however often it is sent. Raises TransferStopped, and Invalid when the file cannot be read."""
        headers = {**self._headers("POST", key, None), "Content-Type": "application/octet-stream"}
        how = {"params": query, "data": FileBody(file, transfer), "headers": headers, "auth": self._credential}
        return _answer(self.patient()._send("POST", path, again=True, **how))

    def fetch_file(self, path: str, target: Path, transfer: Transfer, *, query: Mapping[str, Any] | None = None) -> int:
        """GET into a file, which comes into being whole or not at all; returns its bytes. Raises TransferStopped, and
        Invalid when it cannot be written."""
        how = {"params": query, "headers": self._headers("GET", None, None), "auth": self._credential, "stream": True}
        with self.patient()._send("GET", path, again=True, **how) as response:
            if response.status_code != 200:
                _answer(response)
            length = response.headers.get("Content-Length", "")
            return save_pieces(_pieces(response), target, transfer, int(length) if length.isdecimal() else 0)

    def patient(self) -> Remote:
        """The same, for what takes the server long."""
        patient = copy.copy(self)
        patient._answer_seconds = TRANSFER_SECONDS
        return patient

    def _headers(self, method: str, key: str | None, version: int | None) -> dict[str, str]:
        headers = {"Accept-Language": self.language, "CallManager-Client": self.client}
        if method != "GET" and key is not None:
            headers["Idempotency-Key"] = key or new_key()
        if version is not None:
            headers["If-Match"] = f'"{version}"'
        return headers

    def _send(self, method: str, path: str, *, again: bool, **how: Any) -> requests.Response:
        patience = READ_SECONDS if method == "GET" else ANSWER_SECONDS
        try:
            return self._session.request(
                method,
                f"{self.address}{path}",
                timeout=(CONNECT_SECONDS, self._answer_seconds or patience),
                **how,
            )
        except requests.exceptions.SSLError as error:
            raise _untrusted(self.address, changed=self._fingerprint is not None) from error
        except requests.exceptions.ConnectTimeout as error:
            raise _unreachable(self.address) from error
        except (requests.exceptions.ConnectionError, requests.exceptions.ChunkedEncodingError) as error:
            if not _was_sent(error):
                raise _unreachable(self.address) from error
            if again:  # the server had closed a connection that was kept open
                return self._send(method, path, again=False, **how)
            raise _lost() from error
        except requests.exceptions.RequestException as error:
            raise _lost() from error


class _Session(requests.Session):
    """Follows no redirect, whoever asks: of a credential requests would take off only `Authorization` on the way to
    another server, and the server of an office has no reason to send anybody elsewhere."""

    def get_redirect_target(self, _response: requests.Response) -> None:
        """Nowhere: the redirect is the answer, and it is one that this program does not understand."""


class _Credential(AuthBase):
    """Puts the credential on a request. Given as `auth`, so that no .netrc of the PC takes its place."""

    def __init__(self, *, token: str | None = None, api_key: str | None = None) -> None:
        self._token = token
        self._api_key = api_key

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        if self._token is not None:
            request.headers["Authorization"] = f"Bearer {self._token}"
        elif self._api_key is not None:
            request.headers["X-API-Key"] = self._api_key
        return request

    def handshake(self) -> dict[str, str]:
        """The same for a socket."""
        if self._token is not None:
            return {"token": self._token}
        return {} if self._api_key is None else {"api_key": self._api_key}


def new_key() -> str:
    """A fresh Idempotency-Key."""
    return str(uuid.uuid4())


def check_address(address: str) -> str:
    """`http(s)://host[:port]` without a slash at its end. Raises Invalid."""
    text = address.strip()
    text = text if "://" in text else f"http://{text}"
    text = text.removesuffix("/")
    try:
        parts = urlsplit(text)
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        good = False
    if not good or parts.path or parts.query or parts.username:
        raise Invalid(
            "address_invalid",
            N_("%(address)s is not the address of a server. Example: http://192.168.1.10:5000."),
            fields={"field": "address"},
            address=address.strip()[:120],
        )
    return text


def _open_session(ca_file: Path | None, fingerprint: str | None) -> requests.Session:
    session = _Session()
    session.trust_env = False  # the server stands in the office: no proxy, no .netrc
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    adapter = requests.adapters.HTTPAdapter(pool_maxsize=CONNECTIONS)
    session.mount("http://", adapter)
    if fingerprint is None:
        session.verify = str(ca_file) if ca_file else True
        session.mount("https://", adapter)
    else:
        session.verify = False  # the adapter lets no other certificate through
        session.mount("https://", PinnedAdapter(fingerprint, CONNECTIONS))
    return session


def _was_sent(error: requests.exceptions.RequestException) -> bool:
    """Whether the request may have reached the server."""
    reason = getattr(error.args[0], "reason", None) if error.args else None
    return type(reason).__name__ not in ("NewConnectionError", "NameResolutionError", "ConnectTimeoutError")


def _answer(response: requests.Response, read: bytes | None = None) -> Answer:
    content = response.content if read is None else read
    try:
        body = orjson.loads(content) if content else None
    except orjson.JSONDecodeError:
        body = content
    if response.status_code >= 300 or isinstance(body, bytes):
        raise build_error(response.status_code, body, response.headers.get("Retry-After", ""))
    return Answer(response.status_code, body, response.headers.get("ETag", ""), response.headers.get("Link", ""))


def _pieces(response: requests.Response) -> Iterator[bytes]:
    try:
        yield from response.iter_content(PIECE)
    except requests.exceptions.RequestException as error:
        raise _lost() from error


def _unreachable(address: str) -> Unavailable:
    return Unavailable(
        "server_unreachable",
        N_("No server answers at %(address)s. Check that it is on, and the network."),
        address=address,
    )


def https_needed(host: str) -> Invalid:
    """The server there is an encrypted one, and was asked in the open."""
    return Invalid(
        "https_needed",
        N_("The server at %(host)s wants a secure connection. Write https:// before its name."),
        host=host,
    )


def _untrusted(address: str, *, changed: bool) -> Unavailable:
    if changed:
        return Unavailable(
            "certificate_changed",
            N_(
                "%(address)s shows another certificate than the one accepted on this PC. Nothing was sent. "
                "Ask IT whether the server has a new one before you accept it."
            ),
            address=address,
        )
    return Unavailable(
        "certificate_untrusted",
        N_("The certificate of %(address)s is not one that this program trusts. Nothing was sent. Tell IT."),
        address=address,
    )


def _lost() -> Unavailable:
    return Unavailable(
        "answer_lost",
        N_("The server did not answer in time. What was asked may have been done; look before repeating."),
    )
