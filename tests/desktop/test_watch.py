"""`callmanager watch` against a real server: one line for each change, for people and for programs."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from callmanager.cli.change_lines import change_line
from tests.desktop.conftest import PASSWORD, LiveOffice
from tests.live_server import ROOT, environment

PATIENCE_SECONDS = 60


@contextmanager
def watching(office: LiveOffice, *options: str, key: str = "", typed: str = "") -> Iterator[subprocess.Popen[str]]:
    """A running watch that has said that it is ready."""
    command = [sys.executable, "-m", "callmanager", "--lang", "en", "watch", "--server", office.server.url, *options]
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        env={**environment(), **({"CALLMANAGER_API_KEY": key} if key else {})},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )
    guard = threading.Timer(PATIENCE_SECONDS, process.kill)
    guard.start()
    assert process.stdin is not None
    assert process.stdout is not None
    assert process.stderr is not None
    with process.stdin, process.stdout, process.stderr:
        try:
            if typed:
                process.stdin.write(f"{typed}\n")
                process.stdin.flush()
            assert process.stderr.readline().startswith("Watching ")
            yield process
        finally:
            process.kill()
            process.wait()
            guard.cancel()


def lines(process: subprocess.Popen[str], count: int) -> list[str]:
    assert process.stdout is not None
    return [process.stdout.readline().rstrip("\n") for _ in range(count)]


def test_each_change_is_one_line_that_says_who_and_what(office: LiveOffice) -> None:
    office.hire("vigia", "manager")
    with watching(office, "--user", "vigia", "--password-stdin", "--entity", "contact", typed=PASSWORD) as process:
        made = office.create(name="Luis Mora")
        office.boss.edit_contact(made["id"], {"status": "INTERESADO", "note": "a\nb"}, version=1)
        office.boss.ask("DELETE", f"/contacts/{made['id']}", version=2)
        added, changed, deleted = (line[10:] for line in lines(process, 3))
    number = f"contact {made['id']} (Luis Mora)"
    assert added == f"boss added {number}"
    assert changed.startswith(f"boss changed {number}: ")
    assert "note: ∅ → a b" in changed
    assert "status: SIN_GESTIONAR → INTERESADO" in changed
    assert deleted == f"boss deleted {number}"


def test_programs_get_one_json_object_per_line_and_an_end(office: LiveOffice) -> None:
    with watching(office, "--json", "--limit", "2", key=office.keys["manager"]) as process:
        made = office.create(name="Ana")
        office.boss.edit_contact(made["id"], {"name": "Ana María"}, version=1)
        seen = [json.loads(line) for line in lines(process, 2)]
        assert process.wait(PATIENCE_SECONDS) == 0
    assert [(one["kind"], one["record_id"], one["actor"]["name"]) for one in seen] == [
        ("created", made["id"], "boss"),
        ("updated", made["id"], "boss"),
    ]
    assert seen[1]["fields"] == {"name": ["Ana", "Ana María"]}
    assert [one["seq"] for one in seen] == [made["seq"], made["seq"] + 1]


def test_one_sees_only_what_one_may(office: LiveOffice) -> None:
    with watching(office, "--json", "--limit", "1", key=office.keys["agent-norte"]) as process:
        office.create(name="Secreta", team_id=office.teams["Sur"])
        open_to_all = office.create(name="De todos")
        assert json.loads(lines(process, 1)[0])["record_id"] == open_to_all["id"]


@pytest.mark.parametrize(("options", "key", "said"), [((), "", "Say who watches"), ((), "cm_x_y", "not valid")])
def test_without_a_good_credential_nothing_is_watched(
    office: LiveOffice, options: tuple[str, ...], key: str, said: str
) -> None:
    command = [sys.executable, "-m", "callmanager", "--lang", "en", "watch", "--server", office.server.url, *options]
    env = {**environment(), **({"CALLMANAGER_API_KEY": key} if key else {})}
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, encoding="utf-8", check=False)
    assert done.returncode == 1
    assert said in done.stderr
    assert done.stdout == ""


def test_a_name_cannot_command_the_terminal() -> None:
    change = {
        "at": "2026-11-22T10:53:31.123Z",
        "actor": {"id": 1, "name": "ana\x1b[2J"},
        "origin": "api",
        "entity": "contact",
        "record_id": 7,
        "kind": "updated",
        "fields": {"name": ["\x9b31m", "\u202eoculto"]},
    }
    line = change_line(change, "Luis\r\nMora")
    assert all(letter.isprintable() for letter in line)


def test_long_values_and_many_fields_are_cut() -> None:
    change = {
        "at": "2026-11-22T10:53:31.123Z",
        "actor": {"id": 1, "name": "ana"},
        "origin": "import",
        "entity": "contact",
        "record_id": 7,
        "kind": "updated",
        "fields": {f"field{number}": ["x" * 500, None] for number in range(20)},
    }
    line = change_line(change, "")
    assert len(line) < 500
    assert "[import]" in line
    assert line.endswith("…")
