"""Which backups stay: all of a day, one of each day and week and, whatever the clock does, the newest good ones."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from callmanager.server.backups import Keep, list_backups, prune, take_backup
from callmanager.server.backups.names import BackupName, stamp
from callmanager.server.backups.retention import Candidate, to_prune
from tests.server.backup_samples import COSTA_RICA, MORNING, SetClock, build_database

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)  # a Sunday
DEFAULT = Keep()


def candidate(at: datetime, *, verified: bool = True) -> Candidate:
    return Candidate(BackupName(stamp(at, UTC)), at, verified)


def every_half_hour(end: datetime, days: int) -> list[Candidate]:
    return [candidate(end - timedelta(minutes=30) * number) for number in range(days * 48)]


def kept_after(candidates: list[Candidate], now: datetime, keep: Keep = DEFAULT) -> list[Candidate]:
    gone = set(to_prune(candidates, now, keep, zone=UTC))
    return [one for one in candidates if one.name not in gone]


def test_every_backup_of_24_hours_stays_and_one_of_each_of_7_days_and_5_weeks() -> None:
    kept = kept_after(every_half_hour(NOON, 60), NOON)
    last_day = [one.at for one in kept if NOON - one.at <= timedelta(hours=24)]
    older = [one.at.strftime("%m-%d %H:%M") for one in kept if NOON - one.at > timedelta(hours=24)]
    assert len(last_day) == 49
    assert older == [f"11-{day} 23:30" for day in (20, 19, 18, 17, 16)] + [
        "11-15 23:30",
        "11-08 23:30",
        "11-01 23:30",
        "10-25 23:30",
    ]


def test_pruning_after_every_backup_ends_with_the_same_as_pruning_once() -> None:
    held: list[Candidate] = []
    for made in reversed(every_half_hour(NOON, 45)):
        held.append(made)
        gone = set(to_prune(held, made.at, just_made=made.name, zone=UTC))
        held = [one for one in held if one.name not in gone]
    assert held == sorted(kept_after(every_half_hour(NOON, 45), NOON), key=lambda one: one.at)


def test_the_days_are_those_of_the_wall_clock() -> None:
    evening, night = datetime(2026, 11, 19, 4, 0, tzinfo=UTC), datetime(2026, 11, 19, 8, 0, tzinfo=UTC)
    recent = [candidate(NOON - timedelta(minutes=minutes)) for minutes in (0, 1, 2)]
    candidates, keep = [candidate(evening), candidate(night), *recent], Keep(hours=0)
    assert to_prune(candidates, NOON, keep, zone=UTC) == [candidates[0].name]
    assert to_prune(candidates, NOON, keep, zone=COSTA_RICA) == [], "22:00 of one day and 02:00 of the next"


def test_of_a_day_the_newest_verified_one_stays() -> None:
    recent = [candidate(NOON - timedelta(minutes=minutes)) for minutes in (0, 1, 2)]
    day = NOON - timedelta(days=3)
    good, newer_bad = candidate(day), candidate(day + timedelta(hours=1), verified=False)
    assert to_prune([good, newer_bad, *recent], NOON, Keep(hours=0), zone=UTC) == [newer_bad.name]
    alone = candidate(day, verified=False)
    assert to_prune([alone, *recent], NOON, Keep(hours=0), zone=UTC) == []


def test_the_newest_three_verified_ones_stay_whatever_the_rules_say() -> None:
    candidates = [candidate(NOON - timedelta(days=300 + number), verified=number % 2 == 1) for number in range(20)]
    kept = kept_after(candidates, NOON, Keep(hours=0, days=0, weeks=0))
    assert kept == [candidates[1], candidates[3], candidates[5]]


def test_a_clock_that_jumps_ahead_thins_but_does_not_sweep() -> None:
    candidates = every_half_hour(NOON, 60)
    kept = kept_after(candidates, NOON + timedelta(days=3650))
    assert kept[0] == candidates[0]
    assert len({one.at.date() for one in kept}) == 7 + 4, "the last day of each week is kept, past the 7 days"


def test_a_clock_that_falls_back_removes_nothing_dated_later() -> None:
    candidates = every_half_hour(NOON, 60)
    now = NOON - timedelta(days=20)
    gone = set(to_prune(candidates, now, zone=UTC))
    assert not gone & {one.name for one in candidates if one.at > now}
    assert kept_after([one for one in candidates if one.at <= now], now) == [
        one for one in candidates if one.at <= now and one.name not in gone
    ], "what seems to come from the future takes nobody's place"


def test_the_one_just_made_stays_even_if_it_seems_the_oldest() -> None:
    made = candidate(NOON - timedelta(days=900))
    others = [candidate(NOON - timedelta(minutes=minutes)) for minutes in range(10)]
    nothing = Keep(hours=0, days=0, weeks=0)
    assert made.name not in to_prune([made, *others], NOON, nothing, just_made=made.name, zone=UTC)
    assert made.name in to_prune([made, *others], NOON, nothing, zone=UTC)


@pytest.mark.parametrize("count", [0, 1, 3])
def test_a_few_backups_are_never_pruned(count: int) -> None:
    candidates = [candidate(NOON - timedelta(days=1000 * number)) for number in range(count)]
    assert to_prune(candidates, NOON, Keep(0, 0, 0), zone=UTC) == []


def test_prune_removes_backups_with_their_manifests_and_nothing_else(tmp_path: Path) -> None:
    database, folder, clock = build_database(tmp_path / "contacts.db", 2), tmp_path / "backups", SetClock()
    for _ in range(6):
        take_backup(database, folder, clock=clock, zone=UTC)
        clock.advance(minutes=10)
    (folder / "contacts_backup_20260101_000000.db.json").write_text("{}")
    for name in ("notes.txt", "contacts_replaced_20200101_000000.db", "contacts_backup_old.db"):
        (folder / name).write_text("x")
    backups = list_backups(folder)
    later = MORNING + timedelta(days=300)
    removed = prune(folder, now=later, keep=Keep(hours=1, days=1, weeks=0), zone=UTC)
    assert removed == [backup.path for backup in reversed(backups[3:])]
    assert {path.name for path in folder.iterdir()} == {
        *(backup.path.name for backup in backups[:3]),
        *(backup.path.name + ".json" for backup in backups[:3]),
        "notes.txt",
        "contacts_replaced_20200101_000000.db",
        "contacts_backup_old.db",
        ".backups.lock",
    }


def test_spoilt_backups_do_not_push_out_the_good_ones(tmp_path: Path) -> None:
    database, folder, clock = build_database(tmp_path / "contacts.db", 2), tmp_path / "backups", SetClock()
    paths = []
    for _ in range(6):
        paths.append(take_backup(database, folder, clock=clock, zone=UTC).path)
        clock.advance(minutes=10)
    for path in paths[3:]:
        path.write_bytes(b"")
    assert prune(folder, now=MORNING + timedelta(days=300), keep=Keep(0, 0, 0), zone=UTC) == paths[3:]


def test_pruning_an_absent_folder_does_nothing(tmp_path: Path) -> None:
    assert prune(tmp_path / "backups", now=MORNING) == []
