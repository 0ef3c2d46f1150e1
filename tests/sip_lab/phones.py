"""Phones of the laboratory: baresip with a sine wave for a voice, on loopback, each in a folder of its own."""

from __future__ import annotations

import socket
from dataclasses import dataclass, field
from pathlib import Path

from tests.sip_lab.processes import LOOPBACK, LabProcess, free_port, is_taken

_MODULES = ("/usr/lib/baresip/modules", "/usr/lib/x86_64-linux-gnu/baresip/modules", "/usr/local/lib/baresip/modules")

_CONFIG = """\
poll_method epoll
sip_listen {host}:{sip_port}
net_interface {host}
rtp_ports {rtp_port}-{rtp_end}
rtp_timeout {rtp_timeout}
call_local_timeout 120
call_max_calls 1
audio_player aubridge,x
audio_source ausine,440
audio_alert aubridge,x
ausrc_srate 48000
auplay_srate 48000
ausrc_channels 2
auplay_channels 2
audio_level no
menu_bell no
ringback_disabled yes
module_path {modules}
module g711.so
module ausine.so
module aubridge.so
module uuid.so
module_app account.so
module_app menu.so
module ctrl_tcp.so
ctrl_tcp_listen {host}:{control_port}
"""


@dataclass(frozen=True, slots=True)
class LabPhone:
    """What a phone needs: its folder and ports. `answers`: it takes every call to `user` at once.

    rtp_timeout: seconds of silence on the line after which it takes the other side for dead; 0 for never.
    """

    folder: Path
    user: str = "agent"
    answers: bool = False
    rtp_timeout: int = 0
    sip_port: int = field(default_factory=free_port)
    control_port: int = field(default_factory=free_port)
    rtp_port: int = field(default_factory=free_port)

    @property
    def address(self) -> str:
        """Where it is called: `host:port`."""
        return f"{LOOPBACK}:{self.sip_port}"

    def write(self) -> None:
        """Write the folder that baresip starts from."""
        self.folder.mkdir(parents=True, exist_ok=True)
        config = _CONFIG.format(
            host=LOOPBACK,
            sip_port=self.sip_port,
            control_port=self.control_port,
            rtp_port=self.rtp_port,
            rtp_end=self.rtp_port + 100,
            rtp_timeout=self.rtp_timeout,
            modules=next((path for path in _MODULES if Path(path).is_dir()), _MODULES[0]),
        )
        (self.folder / "config").write_text(config, "utf-8")
        mode = "auto" if self.answers else "manual"
        (self.folder / "accounts").write_text(f"<sip:{self.user}@{LOOPBACK}>;regint=0;answermode={mode}\n", "utf-8")
        (self.folder / "contacts").touch()

    def start(self) -> LabProcess:
        self.write()
        command = ("baresip", "-f", str(self.folder))
        return LabProcess(command, self.folder / "baresip.log", self._is_listening)

    def _is_listening(self) -> bool:
        return is_taken(self.control_port, socket.SOCK_STREAM) and is_taken(self.sip_port, socket.SOCK_DGRAM)
