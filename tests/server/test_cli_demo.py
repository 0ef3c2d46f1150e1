"""The demo: invented people whose phones belong to nobody, made once, on this PC only."""

import re
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from callmanager.cli.demo.contacts import Inventor
from callmanager.cli.demo.people import EVERYBODY, PASSWORD
from callmanager.domain.phones import parse_phone
from callmanager.server.security.password_rules import check_password_text
from tests.server.cli_program import run

FICTITIOUS = re.compile(r"\+1\d{3}55501\d\d")


def test_every_number_is_set_aside_for_fiction_or_no_number_at_all() -> None:
    inventor = Inventor()
    seen = [parse_phone(phone["number"], "CR") for _ in range(5_100) for phone in inventor.contact()["phones"]]
    assert all(FICTITIOUS.fullmatch(phone.e164 or "") for phone in seen if phone.valid)
    keys = [phone.key for phone in seen]
    assert len(set(keys)) == len(keys)
    assert 0 < sum(not phone.valid for phone in seen) < 300


def test_the_password_of_the_demo_could_be_set_by_anybody() -> None:
    for person in EVERYBODY:
        check_password_text(PASSWORD, username=person.username)


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which the demo was made and checked once."""
    home = tmp_path_factory.mktemp("office")
    said = run(home, "demo", "--check")
    assert said.code == 0, said.err
    assert '{"status": "ready"}' in said.out
    assert "La demostración funciona." in said.out
    return home


def rows(office: Path, query: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(office / "demo" / "contacts.db")) as connection:
        return connection.execute(query).fetchall()


def test_it_holds_what_it_promises(office: Path) -> None:
    assert rows(office, "SELECT count(*) FROM contacts") == [(5_000,)]
    assert rows(office, "SELECT count(*) FROM campaigns") == [(3,)]
    assert rows(office, "SELECT count(*) FROM teams") == [(2,)]
    people = dict(rows(office, "SELECT role, count(*) FROM users WHERE NOT service GROUP BY role"))
    assert people == {"admin": 1, "manager": 1, "team_lead": 2, "agent": 6}
    assert rows(office, "SELECT count(*) FROM users WHERE must_change_password AND NOT service") == [(0,)]
    assert rows(office, "SELECT count(*) > 5 FROM import_rejections") == [(1,)]
    assert rows(office, "SELECT count(DISTINCT status) > 8 FROM contacts") == [(1,)]
    assert rows(office, "SELECT count(*) > 20 FROM contacts WHERE NOT phone_valid") == [(1,)]


def test_its_history_is_of_several_people_and_days_and_whole(office: Path) -> None:
    assert rows(office, "SELECT count(DISTINCT actor_name) >= 9 FROM changes") == [(1,)]
    assert rows(office, "SELECT count(DISTINCT substr(at, 1, 10)) >= 8 FROM changes") == [(1,)]
    assert rows(office, "SELECT count(*) > 0 FROM (SELECT 1 FROM contacts WHERE version > 2)") == [(1,)]
    assert run(office / "demo", "audit", "verify").code == 0


def test_it_hears_this_pc_only(office: Path) -> None:
    assert 'SERVER_HOST = "127.0.0.1"' in (office / "demo" / "config.py").read_text("utf-8")


def test_a_second_run_takes_what_is_there_and_revokes_the_key_of_the_first(office: Path) -> None:
    before = rows(office, "SELECT value FROM meta WHERE key = 'epoch'")
    said = run(office, "demo", "--check")
    assert said.code == 0, said.err
    assert "Preparando" not in said.out
    assert rows(office, "SELECT value FROM meta WHERE key = 'epoch'") == before
    assert rows(office, "SELECT count(*) FROM api_keys WHERE label = 'demo' AND archived_at IS NULL") == [(1,)]


def test_a_folder_of_somebody_is_neither_used_nor_deleted(tmp_path: Path) -> None:
    (tmp_path / "demo").mkdir()
    (tmp_path / "demo" / "thesis.txt").write_text("years of work", "utf-8")
    for options in ([], ["--fresh"]):
        said = run(tmp_path, "--lang", "en", "demo", "--check", *options)
        assert said.code == 1
        assert "holds other files" in said.err
    assert (tmp_path / "demo" / "thesis.txt").read_text("utf-8") == "years of work"
