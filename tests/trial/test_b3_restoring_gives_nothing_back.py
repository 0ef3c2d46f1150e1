"""B3: what was withdrawn after a backup was taken (keys, people, passwords, rights) does not come back with it."""

from __future__ import annotations

import shutil
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from callmanager.domain.clock import SystemClock
from callmanager.domain.people import SYSTEM, Role
from callmanager.domain.withdrawals import WithdrawalKind
from callmanager.server.actions import api_keys, do_not_call, people, sessions
from callmanager.server.app import build_services
from callmanager.server.backups import restore, take_backup
from callmanager.server.backups.withdrawn import find_withdrawn
from callmanager.server.changes.entities import SESSION, TEAM, USER
from callmanager.server.services import Services
from callmanager.server.storage import tables as t
from callmanager.server.storage.sqlite import SqliteStorage
from callmanager.settings import Settings, load_settings
from tests.office import Office
from tests.server.cli_program import run

NUMBER = "8888-7777"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load_settings(tmp_path, {"BCRYPT_COST": 4}, {})


def user_of(office: Office, name: str) -> Any:
    with office.write() as tx:
        return tx.first(USER, select(t.users).where(t.users.c.username == name))


def change(office: Office, name: str, fields: dict[str, Any], **how: Any) -> None:
    user = user_of(office, name)
    office.do(people.edit, user.id, fields, version=user.version, **how)


@pytest.fixture
def backup(settings: Settings) -> Path:
    """A backup; in the database that goes on, everything that it holds has been withdrawn."""
    build_services(settings).storage.close()
    office = Office(SqliteStorage(settings.DATABASE), clock=SystemClock())  # type: ignore[arg-type]
    with office.write() as tx:
        team = tx.insert(TEAM, {"name": "Sur"}).id
    for name, role in (("lead", Role.TEAM_LEAD), ("free", Role.AGENT), ("manager", Role.MANAGER), ("boss", Role.ADMIN)):
        office.hire(name, role)
    for name in ("agent-Norte", "agent-Sur"):
        office.hire(name, Role.AGENT, team)
    change(office, "boss", {}, password_hash="an older hash")
    key = office.do(api_keys.issue_first, user_of(office, "lead"))
    expires = SystemClock().now() + timedelta(hours=8)
    row = {"user_id": user_of(office, "free").id, "jti": "x", "address": "", "client": "", "expires_at": expires}
    with office.write() as tx:
        session = tx.insert(SESSION, row)
    backup = take_backup(settings.DATABASE, settings.BACKUP_FOLDER, clock=SystemClock()).path
    office.do(api_keys.revoke, key.record.id)
    change(office, "agent-Norte", {"active": False})
    change(office, "manager", {"role": "agent"})
    change(office, "agent-Sur", {"team_id": None})
    change(office, "boss", {}, password_hash="a newer hash")
    office.do(sessions.end_session, session.id)
    office.do(do_not_call.add, NUMBER, reason="asked for it", region="CR")
    office.storage.close()
    return backup


def assert_withdrawn(services: Services) -> None:
    users = {}
    with services.storage.read() as connection:
        for row in connection.execute(select(t.users)).mappings():
            users[row["username"]] = row
        key = connection.execute(select(t.api_keys)).mappings().one()
        session = connection.execute(select(t.sessions)).mappings().one()
        number = connection.execute(select(t.do_not_call)).mappings().one()
    assert key["archived_at"] is not None
    assert session["archived_at"] is not None
    assert not users["agent-Norte"]["active"]
    assert users["manager"]["role"] == "agent"
    assert users["agent-Sur"]["team_id"] is None
    assert users["boss"]["password_hash"] == "a newer hash"
    assert number["number"] == NUMBER
    assert {one.kind for one in services.withdrawn} == set(WithdrawalKind)


def test_restoring_finds_each_kind_that_the_backup_would_bring_back(settings: Settings, backup: Path) -> None:
    found = {one.kind: one.name for one in find_withdrawn(settings.DATABASE, backup)}
    assert found == {
        WithdrawalKind.KEY: "lead/first",
        WithdrawalKind.PERSON: "agent-Norte",
        WithdrawalKind.PASSWORD: "boss",
        WithdrawalKind.ROLE: "manager",
        WithdrawalKind.TEAM: "agent-Sur",
        WithdrawalKind.SESSIONS: found[WithdrawalKind.SESSIONS],
        WithdrawalKind.NUMBER: NUMBER,
    }


def test_what_was_withdrawn_is_withdrawn_again_at_the_start_after_a_restore(settings: Settings, backup: Path) -> None:
    restore(settings.DATABASE, backup, clock=SystemClock())
    services = build_services(settings)
    assert_withdrawn(services)
    with services.storage.read() as connection:
        last = connection.execute(select(t.changes).order_by(t.changes.c.seq.desc())).mappings().first()
    assert last is not None
    assert (last["actor_name"], last["origin"]) == (SYSTEM.name, "job")
    services.storage.close()
    again = build_services(settings)
    assert again.withdrawn == ()
    again.storage.close()


def test_a_copy_by_hand_is_compared_with_the_newest_backup(settings: Settings, backup: Path) -> None:
    take_backup(settings.DATABASE, settings.BACKUP_FOLDER, clock=SystemClock())  # as every orderly end does
    shutil.copyfile(backup, settings.DATABASE)
    services = build_services(settings)
    assert_withdrawn(services)
    services.storage.close()


@pytest.mark.parametrize(("given", "again"), [("y\n\n", True), ("y\nn\n", False)], ids=["enter", "no"])
def test_the_command_names_them_and_asks(
    settings: Settings, backup: Path, tmp_path: Path, given: str, again: bool
) -> None:
    said = run(tmp_path, "--lang", "en", "backup", "restore", str(backup), given=given)
    assert said.code == 0, said.err
    assert "keys that were revoked: lead/first" in said.out
    assert "people who were deactivated: agent-Norte" in said.out
    services = build_services(settings)
    assert bool(services.withdrawn) is again
    services.storage.close()


def test_whoever_wants_the_old_state_gets_it(settings: Settings, backup: Path) -> None:
    restore(settings.DATABASE, backup, clock=SystemClock(), withdraw=False)
    services = build_services(settings)
    assert services.withdrawn == ()
    services.storage.close()


def test_going_back_to_what_was_replaced_withdraws_nothing_that_was_not(settings: Settings, backup: Path) -> None:
    replaced = restore(settings.DATABASE, backup, clock=SystemClock()).replaced
    assert replaced is not None
    assert find_withdrawn(settings.DATABASE, replaced) == []


def test_the_last_administrator_is_not_taken_away_by_a_restore(settings: Settings, backup: Path) -> None:
    office = Office(SqliteStorage(settings.DATABASE), clock=SystemClock())  # type: ignore[arg-type]
    office.hire("new", Role.ADMIN)  # after the backup, which has neither him nor anybody else who could govern
    for name in ("admin", "boss"):
        if user_of(office, name)["active"]:
            change(office, name, {"active": False})
    office.storage.close()
    restore(settings.DATABASE, backup, clock=SystemClock())
    services = build_services(settings)
    with services.storage.read() as connection:
        governing = select(t.users.c.id).where(
            t.users.c.role == "admin", t.users.c.active.is_(True), t.users.c.service.is_(False)
        )
        assert len(connection.execute(governing).all()) == 1
    services.storage.close()
