"""Verifying a backup: whatever was done to the file or its manifest is named, and nothing raises."""

from __future__ import annotations

import dataclasses
import json
import random
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from callmanager.domain.changes import GENESIS, HASHED_COLUMNS, chain_hash
from callmanager.server.backups import Backup, take_backup, verify_backup
from callmanager.server.backups.files import hash_file
from callmanager.server.backups.manifests import write_manifest
from tests.server.backup_samples import SetClock, break_chain, build_database


@pytest.fixture
def backup(tmp_path: Path) -> Backup:
    return take_backup(build_database(tmp_path / "contacts.db"), tmp_path / "backups", clock=SetClock())


def codes(path: Path) -> list[str]:
    return [problem.code for problem in verify_backup(path).problems]


def manifest_file(backup: Backup) -> Path:
    return backup.path.with_name(backup.path.name + ".json")


def reseal(backup: Backup) -> None:
    """Make size and hash of the manifest fit again, as somebody who hides a change would."""
    assert backup.manifest is not None
    size, sha256 = backup.path.stat().st_size, hash_file(backup.path)
    write_manifest(backup.path, dataclasses.replace(backup.manifest, size=size, sha256=sha256))


def execute(backup: Backup, *statements: str) -> None:
    with closing(sqlite3.connect(backup.path, isolation_level=None)) as connection:
        for statement in statements:
            connection.execute(statement)


def test_a_good_backup_has_no_problem_and_verifying_leaves_no_trace(backup: Backup) -> None:
    before = {path.name: path.read_bytes() for path in backup.path.parent.iterdir()}
    assert verify_backup(backup.path).ok
    assert {path.name: path.read_bytes() for path in backup.path.parent.iterdir()} == before


def test_a_damaged_byte_is_found_wherever_it_is(backup: Backup) -> None:
    good = backup.path.read_bytes()
    for position in [*random.Random(1).sample(range(len(good)), 25), 0, len(good) - 1]:
        backup.path.write_bytes(good[:position] + bytes([good[position] ^ 1]) + good[position + 1 :])
        assert "hash_differs" in codes(backup.path), position
    backup.path.write_bytes(good)
    assert verify_backup(backup.path).ok


@pytest.mark.parametrize("keep", [0.0, 0.1, 0.5, 0.99])
def test_a_truncated_file_is_found_and_cannot_be_used(backup: Backup, keep: float) -> None:
    good = backup.path.read_bytes()
    backup.path.write_bytes(good[: int(len(good) * keep)])
    found = verify_backup(backup.path)
    assert found.problems[0].code == "size_differs"
    assert not found.usable


def test_a_missing_manifest_is_found_and_the_file_may_still_be_usable(backup: Backup) -> None:
    manifest_file(backup).unlink()
    found = verify_backup(backup.path)
    assert [problem.code for problem in found.problems] == ["manifest_missing"]
    assert found.usable


def broken_wire(change: Callable[[dict[str, object]], object]) -> Callable[[str], str]:
    def apply(text: str) -> str:
        wire = json.loads(text)
        change(wire)
        return json.dumps(wire)

    return apply


@pytest.mark.parametrize(
    "garble",
    [
        lambda text: "",
        lambda text: text[: len(text) // 2],
        lambda text: "\x00" * 40,
        lambda text: "[" * 100_000,
        lambda text: "null",
        lambda text: '{"format": 1}',
        broken_wire(lambda wire: wire.update(size="many")),
        broken_wire(lambda wire: wire.update(size=True)),
        broken_wire(lambda wire: wire.update(at="yesterday")),
        broken_wire(lambda wire: wire.update(at="2026-11-22T10:00:00")),
        broken_wire(lambda wire: wire.update(rows=[1])),
        broken_wire(lambda wire: wire.update(rows={"contacts": "20"})),
        broken_wire(lambda wire: wire.update(format=2)),
        broken_wire(lambda wire: wire.pop("head_hash")),
    ],
)
def test_a_garbled_manifest_is_found(backup: Backup, garble: Callable[[str], str]) -> None:
    path = manifest_file(backup)
    path.write_text(garble(path.read_text()))
    assert codes(backup.path) == ["manifest_garbled"]


def test_a_manifest_that_is_not_text_is_found(backup: Backup) -> None:
    manifest_file(backup).write_bytes(b"\xff\xfe\x00\xd8{}")
    assert codes(backup.path) == ["manifest_garbled"]


def test_files_that_are_no_database_are_named(tmp_path: Path) -> None:
    text = tmp_path / "text.db"
    text.write_text("not a database " * 500)
    other = tmp_path / "other.db"
    with closing(sqlite3.connect(other)) as connection:
        connection.execute("CREATE TABLE songs (id INTEGER PRIMARY KEY)")
    assert codes(text) == ["manifest_missing", "not_a_database"]
    assert codes(other) == ["manifest_missing", "tables_missing"]
    assert codes(tmp_path / "absent.db") == ["file_missing"]
    assert codes(tmp_path) == ["file_unreadable"]


def test_a_rewritten_change_is_named_by_its_seq_even_under_a_fitting_hash(backup: Backup) -> None:
    break_chain(backup.path, 7)
    reseal(backup)
    problems = verify_backup(backup.path).problems
    assert [(problem.code, problem.params) for problem in problems] == [("chain_broken", {"seq": 7})]


def test_a_change_cut_from_the_end_is_found(backup: Backup) -> None:
    execute(backup, "DROP TRIGGER changes_remain", "DELETE FROM changes WHERE seq = 20")
    reseal(backup)
    assert codes(backup.path) == ["chain_head_differs", "rows_differ"]


def test_a_past_rewritten_and_hashed_anew_is_found_by_the_manifests_head(backup: Backup) -> None:
    execute(backup, "DROP TRIGGER changes_stay", "UPDATE changes SET actor_name = 'nobody' WHERE seq = 7")
    with closing(sqlite3.connect(backup.path, isolation_level=None)) as connection:
        digest = GENESIS
        for row in connection.execute(f"SELECT {', '.join(HASHED_COLUMNS)} FROM changes ORDER BY seq").fetchall():
            digest = chain_hash(digest, row)
            connection.execute("UPDATE changes SET hash = ? WHERE seq = ?", (digest, row[0]))
        connection.execute("UPDATE log_head SET hash = ?", (digest,))
    reseal(backup)
    assert codes(backup.path) == ["head_differs"]


def test_other_disagreements_with_the_manifest_are_named(backup: Backup) -> None:
    execute(backup, "INSERT INTO loose VALUES ('more')", "UPDATE meta SET value = 'other' WHERE key = 'epoch'")
    reseal(backup)
    assert codes(backup.path) == ["epoch_differs", "rows_differ"]


def test_a_dangling_reference_is_found(backup: Backup) -> None:
    execute(backup, "PRAGMA foreign_keys = OFF", "UPDATE contacts SET team_id = 99 WHERE id = 3")
    reseal(backup)
    assert codes(backup.path) == ["foreign_keys_broken"]


def test_a_live_database_is_not_taken_for_a_backup(backup: Backup, tmp_path: Path) -> None:
    assert codes(tmp_path / "contacts.db") == ["manifest_missing", "mark_missing"]


def test_random_damage_under_a_fitting_manifest_never_raises(backup: Backup) -> None:
    good, chance = backup.path.read_bytes(), random.Random(7)
    found = 0
    for _ in range(150):
        damaged = bytearray(good)
        for _ in range(chance.randint(1, 60)):
            damaged[chance.randrange(len(damaged))] = chance.randrange(256)
        backup.path.write_bytes(damaged)
        reseal(backup)
        found += not verify_backup(backup.path).ok
    assert found > 100
