"""Drives MicroSIP by its command line, and hears of calls from the commands that MicroSIP runs at each step.

MicroSIP.ini names them: cmdOutgoingCall, cmdCallStart, cmdCallBusy, cmdCallEnd, each `microsip_hook` with its word.
They reach a socket on loopback and bear a key, so that another program of this PC cannot invent calls.
"""

from __future__ import annotations

import hmac
import socket
import subprocess
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from threading import Thread

from callmanager.domain.clock import Clock
from callmanager.domain.errors import Unavailable
from callmanager.domain.texts import N_
from callmanager.softphones import CallState, Capabilities, Confidence, EndCause, Health, HealthState, States, Tell
from callmanager.softphones.booked import BookedSoftphone
from callmanager.softphones.refusals import phone_absent, phone_refused, phone_silent
from callmanager.softphones.wiring.timers import Cancel, Timers

HOOKS = {
    "outgoing": "cmdOutgoingCall",
    "start": "cmdCallStart",
    "busy": "cmdCallBusy",
    "end": "cmdCallEnd",
}
"""The word that a hook sends, and the line of MicroSIP.ini that runs it."""

_COMMAND_SECONDS = 5.0
_CONFIRM_SECONDS = 6.0
_READ_SECONDS = 1.0
_MOST_BYTES = 512


class MicroSipSoftphone(BookedSoftphone):
    """One MicroSIP. `program` is its command (path of MicroSIP.exe); `port` 0 takes any free one, see `hook_port`."""

    name = "microsip"
    capabilities = Capabilities(hang_up=True, states=States.COARSE)

    def __init__(
        self, clock: Clock, tell: Tell, timers: Timers, *, program: Sequence[str], key: str, port: int = 0
    ) -> None:
        super().__init__(clock, tell)
        self._timers = timers
        self._program = tuple(program)
        self._key = key.encode()
        self._cancel: Cancel | None = None
        self._closing = False
        try:
            self._server = socket.create_server(("127.0.0.1", port))
        except OSError:
            raise Unavailable(
                "phone_port", N_("Port %(port)s of this PC is taken. Choose another for the phone."), port=port
            ) from None
        self._thread = Thread(target=self._listen, name="microsip-hooks", daemon=True)
        self._thread.start()

    @property
    def hook_port(self) -> int:
        """Where the hooks reach this driver."""
        port: int = self._server.getsockname()[1]
        return port

    def probe(self) -> Health:
        if Path(self._program[0]).is_file():
            return Health(HealthState.READY, N_("MicroSIP is started with the first call. It does not say more."))
        return Health(
            HealthState.NOT_RUNNING,
            N_("MicroSIP is not where the settings say."),
            N_("Install MicroSIP, or correct its folder in the phone's settings."),
        )

    def close(self) -> None:
        super().close()
        self._closing = True
        self._stop_waiting()
        with suppress(OSError):
            socket.create_connection(("127.0.0.1", self.hook_port), _READ_SECONDS).close()  # wakes the listener
        self._thread.join(_READ_SECONDS * 3)
        self._server.close()

    def _place(self, call_id: str, number: str) -> str:
        self._run(number)
        live = self._book.live
        if live and live.call_id == call_id and live.state is CallState.REQUESTED:
            self._cancel = self._timers.after(_CONFIRM_SECONDS, lambda: self._assume(call_id))
        return ""

    def _release(self, call_id: str) -> None:
        self._run("/hangupall")
        self._stop_waiting()
        self._book.end(call_id, EndCause.HUNG_UP_HERE, Confidence.ASSUMED)

    def _run(self, argument: str) -> None:
        """Run MicroSIP once. Its first start stays, as the phone itself: that is no failure."""
        try:
            process = subprocess.Popen(  # noqa: S603  # the configured program, with digits or a word of ours
                [*self._program, argument],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
        except OSError:
            raise phone_absent() from None
        Thread(target=process.wait, name="microsip-started", daemon=True).start()
        try:
            code = process.wait(_COMMAND_SECONDS)
        except subprocess.TimeoutExpired:
            if argument.startswith("/"):
                raise phone_silent() from None
            return
        if code:
            raise phone_refused()

    def _assume(self, call_id: str) -> None:
        """No hook told of the call: the number was handed over, and that is all that is known."""
        self._book.move(call_id, CallState.DIALING, Confidence.ASSUMED)

    def _stop_waiting(self) -> None:
        cancel, self._cancel = self._cancel, None
        if cancel:
            cancel()

    def _listen(self) -> None:
        while not self._closing:
            try:
                connection, _ = self._server.accept()
            except OSError:
                return
            with connection:
                self._hear(connection)

    def _hear(self, connection: socket.socket) -> None:
        """Read one line `key word number` and answer it, so that the hook knows that it was heard."""
        connection.settimeout(_READ_SECONDS)
        try:
            with connection.makefile("rb") as lines:
                key, _, rest = lines.readline(_MOST_BYTES).partition(b" ")
            known = hmac.compare_digest(key, self._key)
            connection.sendall(b"ok\n" if known else b"no\n")
        except OSError:
            return
        if known:
            word, _, number = rest.decode("ascii", "replace").strip().partition(" ")
            self._on_hook(word, number)

    def _on_hook(self, word: str, number: str) -> None:
        live = self._book.live
        if live is None or not _same_number(number, live.number):
            return
        self._stop_waiting()
        if word == "outgoing":
            self._book.move(live.call_id, CallState.DIALING)
        elif word == "start":
            self._book.move(live.call_id, CallState.CONNECTED)
        elif word == "busy":
            self._book.end(live.call_id, EndCause.BUSY)
        elif word == "end":
            talked = live.state is CallState.CONNECTED
            self._book.end(live.call_id, EndCause.HUNG_UP if talked else EndCause.NO_ANSWER)


def hook_lines(command: str, port: int, key: str) -> str:
    """The lines for MicroSIP.ini; `command` runs `microsip_hook` ("callmanager-hook.exe")."""
    return "\n".join(f"{line}={command} {port} {key} {word}" for word, line in HOOKS.items())


def _same_number(told: str, dialled: str) -> bool:
    """Whether a hook means our call: MicroSIP appends the number, an address with it, or in some versions nothing."""
    user = told.strip().strip("<>").removeprefix("sip:").partition("@")[0]
    return user in {"", dialled}
