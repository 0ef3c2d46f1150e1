"""Killed between every two steps of the outbox, against a real server: nothing is lost, nothing is done twice."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from callmanager.desktop.store import UnsentWork
from tests.desktop.conftest import LiveOffice
from tests.live_server import ROOT, environment

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="forks and SIGKILL are of Unix")

MOST_STEPS = 200


class Sender:
    """The program that sends, one child after the other."""

    def __init__(self, office: LiveOffice) -> None:
        command = [sys.executable, "-W", "error", "-m", "tests.desktop.outbox_sender", office.server.url]
        self.process = subprocess.Popen(
            [*command, office.keys["manager"]],
            cwd=ROOT,
            env=environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def run(self, folder: Path, items: list[dict[str, Any]], die_at: int, *, keyless: bool = False) -> tuple[int, int]:
        """Exit code of a child, and its steps when it came to its end."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        task = {"folder": str(folder), "items": items, "die_at": die_at, "keyless": keyless}
        self.process.stdin.write(json.dumps(task) + "\n")
        self.process.stdin.flush()
        steps = 0
        while not (line := self.process.stdout.readline()).startswith("exit "):
            assert line, "the sender ended"
            steps = int(line)
        return int(line.split()[1]), steps

    def close(self) -> None:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()


@pytest.fixture
def sender(office: LiveOffice) -> Iterator[Sender]:
    running = Sender(office)
    yield running
    running.close()


def items_of(life: str, contact_id: int) -> list[dict[str, Any]]:
    """A new contact, an edit that can be done only once, one that is refused, and another new contact."""
    edit = {"method": "PATCH", "path": f"/contacts/{contact_id}", "body": {"note": life}, "version": 1}
    made = [
        {"method": "POST", "path": "/contacts", "body": {"phone": phone, "name": f"{life} {about}"}, "version": None}
        for phone, about in (("8888-0000", "first"), ("12", "refused"), ("8888-0000", "last"))
    ]
    order = {"first": made[0], "edit": edit, "refused": made[1], "last": made[2]}
    return [{**item, "about": about} for about, item in order.items()]


def outcome(office: LiveOffice, folder: Path, life: str, contact_id: int) -> dict[str, int]:
    """How often each item has had its effect, or stands under what needs attention."""
    found = [row["name"] for row in office.boss.ask("GET", "/contacts", query={"q": life, "limit": 100}).body]
    contact = office.boss.get_contact(contact_id)
    store = UnsentWork(folder / "work.db")
    try:
        assert store.list_waiting() == []
        refused = [(item.about, (item.problem or {})["code"]) for item in store.list_refused()]
    finally:
        store.close()
    assert set(refused) <= {("refused", "phone_too_short")}
    assert contact["note"] == (life if contact["version"] > 1 else "")
    return {
        "first": found.count(f"{life} first"),
        "edit": contact["version"] - 1,
        "refused": len(refused),
        "last": found.count(f"{life} last"),
    }


def test_killed_between_any_two_steps_everything_is_done_exactly_once(
    office: LiveOffice, sender: Sender, tmp_path: Path
) -> None:
    for die_at in range(1, MOST_STEPS):
        life = f"vida{die_at}x"
        folder = tmp_path / life
        folder.mkdir()
        contact_id = office.create(name="Editado")["id"]
        code, steps = sender.run(folder, items_of(life, contact_id), die_at)
        assert code in (0, -signal.SIGKILL)
        recovered, _ = sender.run(folder, [], 0)
        assert recovered == 0
        taken = (folder / "taken").read_text("utf-8").split()
        for about, times in outcome(office, folder, life, contact_id).items():
            # what the outbox had taken is done once; what it was just being given may be, and never twice
            assert times == 1 if about in taken else times <= 1, (die_at, about, times)
        if code == 0:
            assert die_at == steps + 1
            return
    pytest.fail(f"more than {MOST_STEPS} steps")


def test_without_keys_the_same_deaths_do_work_twice(office: LiveOffice, sender: Sender, tmp_path: Path) -> None:
    """The control: this test can see a double."""
    times = []
    for die_at in range(1, MOST_STEPS):
        life = f"sinclave{die_at}x"
        folder = tmp_path / life
        folder.mkdir()
        contact_id = office.create(name="Editado")["id"]
        code, _ = sender.run(folder, items_of(life, contact_id)[:1], die_at, keyless=True)
        sender.run(folder, [], 0, keyless=True)
        times.append(outcome(office, folder, life, contact_id)["first"])
        if code == 0:
            break
    assert max(times) == 2
