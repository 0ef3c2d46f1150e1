"""Those who are called in the laboratory: sipp, playing one scenario to every caller, and the log that it keeps."""

from __future__ import annotations

import socket
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from tests.sip_lab.processes import LOOPBACK, LabProcess, free_port, is_taken

SCENARIOS = Path(__file__).parent / "scenarios"


@dataclass(frozen=True, slots=True)
class SipLine:
    """One message as the peer saw it. `what` is the method, or the status code of an answer; `about` its method."""

    at: datetime
    sent: bool
    call_id: str
    about: str
    what: str


class LabPeer:
    """One peer, named after the file of its scenario: answers, leaves, busy, refuses, unknown, rings, unanswered or
    silent."""

    def __init__(self, folder: Path, scenario: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.port = free_port()
        self.address = f"{LOOPBACK}:{self.port}"
        self._log = folder / f"{scenario}.tsv"
        command = ("sipp", "-sf", str(SCENARIOS / f"{scenario}.xml"), "-i", LOOPBACK, "-p", str(self.port))
        media = ("-mp", str(free_port()))  # sipp would take 6000, as every other one on this PC
        logging = ("-nostdin", "-trace_shortmsg", "-shortmessage_file", str(self._log))
        self.process = LabProcess((*command, *media, *logging), folder / f"{scenario}.out", self._is_listening)

    def lines(self) -> list[SipLine]:
        """What was said so far; sipp writes it at once."""
        if not self._log.exists():
            return []
        rows = (line.split("\t") for line in self._log.read_text("utf-8", "replace").splitlines())
        return [_line(row) for row in rows if len(row) == 7]

    def _is_listening(self) -> bool:
        return is_taken(self.port, socket.SOCK_DGRAM)


def _line(row: list[str]) -> SipLine:
    _, _, epoch, direction, call_id, about, first = row
    words = first.split(" ")
    what = words[1] if words[0].startswith("SIP/") else words[0]
    return SipLine(datetime.fromtimestamp(float(epoch), UTC), direction == "S", call_id, about.split(" ")[-1], what)
