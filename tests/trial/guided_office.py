"""An office that is worked by the lines of DEPLOYMENT.md and by no others."""

from __future__ import annotations

import re
import socket
import sys
from pathlib import Path
from typing import Any

from callmanager.desktop.remote import Remote
from tests.end_to_end.fresh_copy import FreshCopy, copy_checkout, free_port

ROOT = Path(__file__).resolve().parents[2]
GUIDE = (ROOT / "DEPLOYMENT.md").read_text("utf-8")
PASSWORD = "el gato verde 77"
TWICE = f"{PASSWORD}\n{PASSWORD}\n"
BACKUP = "backups/contacts_backup_20261122_103000.db"

RUN_HERE = {
    "python server.py",
    "python -m callmanager user set-password admin",
    "python -m callmanager doctor",
    "python -m callmanager team add Norte",
    "python -m callmanager user add ana --role agent --team Norte",
    "python -m callmanager --home OFICINA serve",
    "python -m callmanager --home OFICINA user list",
    "python -m callmanager backup list",
    "python -m callmanager backup take",
    "python -m callmanager backup verify ARCHIVO",
    "python -m callmanager backup drill",
    f"python -m callmanager backup restore {BACKUP}",
    "python -m callmanager tls init",
    "python -m callmanager export contactos.xlsx",
}
RUN_ELSEWHERE = {
    "pip install -r requirements.txt": "tests/end_to_end/test_documented_lines.py",
    "cd client": "tests/end_to_end/test_documented_lines.py",
    "copy config_local.example.json config_local.json": "the same, with cp",
    "python call_manager_app.py": "tests/end_to_end/test_documented_lines.py",
}
WINDOWS_ONLY = ("netsh advfirewall ",)


def block(language: str) -> str:
    """The one block of the guide in a language; of the lines of commands there are many ("")."""
    (found,) = re.findall(rf"^```{language}\n(.*?)^```", GUIDE, re.DOTALL | re.MULTILINE)
    return str(found)


def command_lines() -> set[str]:
    blocks = re.findall(r"^ *```(\w*)\n(.*?)^ *```", GUIDE, re.DOTALL | re.MULTILINE)
    lines = [line for language, text in blocks if not language for line in text.splitlines()]
    return {line.partition("#")[0].strip() for line in lines} - {""}


class Office(FreshCopy):
    """A copy of the program in a folder of its own, as the guide has it copied."""

    port = 0
    key = session = ""

    def do(self, line: str, *, typed: str = "", expect: int = 0, **instead: str) -> str:
        """Run a line that stands in the guide, with words of it replaced. It fails for a line that does not."""
        assert line in RUN_HERE, line
        for word, other in {BACKUP: f"backups/{self.newest}", **instead}.items():
            line = line.replace(word, other)
        return self.run(line, typed=typed, expect=expect)

    @property
    def newest(self) -> str:
        return max((path.name for path in self.folder.glob("backups/*.db")), default="")


def make_office(folder: Path, **settings: object) -> Office:
    copy_checkout(folder, "callmanager", "server.py", "config.py")
    (folder / ".venv").symlink_to(Path(sys.prefix))
    office = Office(folder)
    office.port = free_port()
    office.set_in_config(
        **{
            "SERVER_HOST": "127.0.0.1",
            "SERVER_PORT": office.port,
            "BCRYPT_COST": 4,
            "LOGIN_PER_MINUTE": 100,
            **settings,
        }
    )
    return office


def signed_in(address: str, username: str = "admin", **how: Any) -> Remote:
    remote = Remote(address, **how)
    remote.sign_in(username, PASSWORD)
    return remote


def has_ipv6() -> bool:
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        return False
    return True
