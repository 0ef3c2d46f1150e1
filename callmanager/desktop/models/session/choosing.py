"""Which server: found on the network or typed, tried before it is used, its certificate accepted by its fingerprint."""

from __future__ import annotations

from collections.abc import Callable

from callmanager import __version__
from callmanager.desktop.models.session.asking import SendingQuestion, about_no_encryption
from callmanager.desktop.models.session.stages import PcSurroundings
from callmanager.desktop.models.tools import Tools
from callmanager.desktop.observing import Signal
from callmanager.desktop.pc.discovery import Announced
from callmanager.desktop.remote.probing import FoundServer, complete_address, probe
from callmanager.desktop.remote.servers import Server, host_of, is_encrypted
from callmanager.domain.errors import CallManagerError, Invalid
from callmanager.domain.texts import N_

CERTIFICATES, SERVER = "certificates", "server"


class ServerChoice:
    """`text` is what the user typed. `chosen` is called with a server that answered, `ask` with what needs a yes."""

    def __init__(
        self,
        tools: Tools,
        around: PcSurroundings,
        chosen: Callable[[Server, FoundServer], object],
        ask: Callable[[SendingQuestion], object],
    ) -> None:
        self._tools, self._preferences, self._look = tools, around.preferences, around.find_servers
        self._configured, self._chosen, self._ask = around.configured, chosen, ask
        self.text = ""
        self.changed: Signal[[]] = Signal()
        self._found: list[Announced] | None = None
        self._is_looking = self._is_testing = False
        self._error: CallManagerError | None = None
        self._search_error: CallManagerError | None = None

    @property
    def found(self) -> list[Announced] | None:
        """Servers that answered the search; None before it."""
        return self._found

    @property
    def is_looking(self) -> bool:
        return self._is_looking

    @property
    def is_testing(self) -> bool:
        return self._is_testing

    @property
    def error(self) -> CallManagerError | None:
        """Why the last address cannot be used."""
        return self._error

    @property
    def search_error(self) -> CallManagerError | None:
        """Why the network could not be searched."""
        return self._search_error

    @property
    def offered_fingerprint(self) -> str:
        """Of the certificate that the server shows and that nobody here has accepted; or empty."""
        return "" if self._error is None else str(self._error.fields.get("fingerprint", ""))

    def server_at(self, address: str) -> Server:
        """An address with the certificate that was accepted for it."""
        return Server(address, self._preferences.recall(CERTIFICATES, {}).get(address))

    def complete(self, text: str) -> str:
        """The address that was typed; without a scheme it is the encrypted one, if that is known. Raises Invalid."""
        address = complete_address(text)
        secure = address.replace("http://", "https://", 1)
        return secure if "://" not in text and secure in self._preferences.recall(CERTIFICATES, {}) else address

    def look(self) -> None:
        """Search the network for servers; takes a few seconds."""
        if self._is_looking:
            return
        self._is_looking, self._search_error = True, None
        self.changed.emit()
        self._tools.background.run(self._look, self._take_found, self._search_failed)

    def test(self, address: str | None = None) -> None:
        """Try what was typed, or `address`; a server that answers is chosen."""
        self.text = address if address is not None else self.text
        if self._is_testing:
            return
        try:
            server = self.server_at(self.complete(self.text))
        except CallManagerError as error:
            self._refuse(error)
            return
        if secure := self._secure_instead(server.address):
            self._ask(about_no_encryption(server.address, secure, lambda: self._try(server)))
            return
        self._try(server)

    def choose(self, announced: Announced) -> None:
        """Try a server that was found. Anybody can announce one, so it never takes the place of an encrypted one."""
        secure = self._secure_instead(announced.address)
        if not secure:
            self.test(announced.address)
        elif not self._is_testing:
            self.text = announced.address
            self._refuse(_announced_unencrypted(announced.address, secure))

    def accept_certificate(self) -> None:
        """The user compared the fingerprint: from now on this certificate, and no other, is this server's."""
        if self.offered_fingerprint and not self._is_testing:
            self._try(Server(self.complete(self.text), self.offered_fingerprint))

    def type(self, text: str) -> None:
        """The user changes the address: what was said of the old one is over."""
        if text != self.text:
            self.text, self._error = text, None
            self.changed.emit()

    def _secure_instead(self, address: str) -> str:
        """The encrypted server that an unencrypted one would replace on this PC; or empty."""
        if is_encrypted(address):
            return ""
        now = self._configured.server or self._preferences.recall(SERVER, "")
        accepted = [one for one in self._preferences.recall(CERTIFICATES, {}) if host_of(one) == host_of(address)]
        return next((one for one in (now, *accepted) if is_encrypted(one)), "")

    def _try(self, server: Server) -> None:
        if self._is_testing:
            return
        self._is_testing, self._error = True, None
        self.changed.emit()
        self._tools.background.run(
            lambda: probe(
                server.address, own_version=__version__, clock=self._tools.clock, fingerprint=server.fingerprint
            ),
            lambda found: self._take(server, found),
            self._refuse,
        )

    def _take(self, server: Server, found: FoundServer) -> None:
        self._is_testing = False
        if server.fingerprint:
            accepted = self._preferences.recall(CERTIFICATES, {})
            self._preferences.remember(CERTIFICATES, {**accepted, server.address: server.fingerprint})
        self.changed.emit()
        self._chosen(server, found)

    def _refuse(self, error: CallManagerError) -> None:
        self._is_testing, self._error = False, error
        self.changed.emit()

    def _take_found(self, found: list[Announced]) -> None:
        self._is_looking, self._found = False, found
        self.changed.emit()

    def _search_failed(self, error: CallManagerError) -> None:
        self._is_looking, self._found, self._search_error = False, [], error
        self.changed.emit()


def _announced_unencrypted(address: str, secure: str) -> Invalid:
    return Invalid(
        "announced_unencrypted",
        N_(
            "%(server)s was found on the network and is not encrypted. This PC works with %(home)s, which is. Nothing "
            "was sent. If IT has moved the server, write its address."
        ),
        server=address,
        home=secure,
    )
