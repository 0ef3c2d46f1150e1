"""Leases end with the right to work: of the session that ended, of the key, or all of a person's; others are told."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from callmanager.domain.errors import Conflict
from callmanager.domain.people import Actor, Role
from callmanager.server.actions import locks, people, sessions
from callmanager.server.actions.api_keys import issue_first, revoke
from callmanager.server.changes.entities import API_KEY, SESSION, USER
from callmanager.server.leases.terms import Lease, Purpose
from callmanager.server.storage.engine import Storage
from tests.lease_office import LeaseOffice


class Shift:
    """Ana works under two sign-ins and a key, one of them with two programs; each holds a contact of its own."""

    def __init__(self, storage: Storage) -> None:
        self.office = LeaseOffice(storage)
        self.ana = self.office.people["ana"]
        self.sessions = [self.sign_in("one"), self.sign_in("two")]
        self.key = self.office.do(lambda tx: issue_first(tx, tx.get(USER, self.ana.id))).record.id
        first, second = (replace(self.ana, session_id=session) for session in self.sessions)
        self.held = {
            "one": self.lock(first),
            "one, another program": self.lock(first, "tablet"),
            "two": self.lock(second),
            "key": self.lock(replace(self.ana, key_id=self.key)),
        }
        self.others = self.office.lock("bea", self.office.contact().id)

    def sign_in(self, jti: str) -> int:
        row = {"user_id": self.ana.id, "jti": jti, "expires_at": self.office.hand.now() + timedelta(hours=12)}
        with self.office.write() as tx:
            return tx.insert(SESSION, row).id

    def lock(self, actor: Actor, program: str = "") -> Lease:
        contact = self.office.contact()
        lease: Lease = self.office.do(
            locks.lock, self.office.leases, contact.id, Purpose.EDIT, program=program, actor=actor
        )
        return lease

    def still_held(self) -> set[str]:
        with self.office.storage.read() as connection:
            held = {lease.contact_id for lease in self.office.leases.list_held(connection)}
        assert self.others.contact_id in held, "a lease of somebody else ended"
        return {name for name, lease in self.held.items() if lease.contact_id in held}

    def edit_user(self, **fields: Any) -> None:
        with self.office.write() as tx:
            version = tx.get(USER, self.ana.id).version
            people.edit(tx, self.ana.id, fields, version=version)


@pytest.fixture
def shift(storage: Storage) -> Shift:
    return Shift(storage)


def log_out(shift: Shift) -> None:
    shift.office.do(sessions.end_session, shift.sessions[0])


def log_out_everywhere(shift: Shift) -> None:
    shift.office.do(people.close_sessions, shift.ana.id, keep_keys=True)


def change_password(shift: Shift) -> None:
    with shift.office.write() as tx:
        sessions.set_password(tx, tx.get(USER, shift.ana.id), "another hash", must_change=False)


def revoke_key(shift: Shift) -> None:
    shift.office.do(revoke, shift.key, actor=shift.ana)


def deactivate(shift: Shift) -> None:
    shift.edit_user(active=False)


def promote(shift: Shift) -> None:
    shift.edit_user(role=Role.TEAM_LEAD.value)


def move(shift: Shift) -> None:
    shift.edit_user(team_id=None)


def rename(shift: Shift) -> None:
    shift.edit_user(username="ana.maria", role=Role.AGENT.value, active=True)


ALL = {"one", "one, another program", "two", "key"}
FATES = [
    (log_out, {"two", "key"}, "signed_out"),
    (log_out_everywhere, {"key"}, "signed_out"),
    (change_password, {"key"}, "signed_out"),
    (revoke_key, ALL - {"key"}, "key_revoked"),
    (deactivate, set(), "deactivated"),
    (promote, set(), "rights_changed"),
    (move, set(), "rights_changed"),
    (rename, ALL, ""),
]


@pytest.mark.parametrize(("act", "kept", "reason"), FATES, ids=[act.__name__ for act, _kept, _reason in FATES])
def test_what_is_held_ends_with_the_right_it_was_held_by(
    shift: Shift, act: Callable[[Shift], None], kept: set[str], reason: str
) -> None:
    shift.office.told.clear()
    act(shift)
    assert shift.still_held() == kept
    ended = [shift.held[name].contact_id for name in sorted(ALL - kept)]
    told = [(event.happening.value, event.lease.contact_id, event.body["reason"]) for event in shift.office.told]
    assert sorted(told) == sorted(
        (name, contact_id, reason) for contact_id in ended for name in ("contact_unlocked", "lock_lost")
    )


def test_another_has_the_contact_at_once_and_the_old_lease_writes_nothing(shift: Shift) -> None:
    contact_id = shift.held["two"].contact_id
    log_out_everywhere(shift)
    assert shift.office.lock("bea", contact_id).token == shift.held["two"].token + 1
    with pytest.raises(Conflict) as refused:
        shift.office.write_note(shift.ana, contact_id, "tarde", lease=shift.held["two"].token)
    assert refused.value.code == "lease_lost"


def test_a_sign_in_whose_number_begins_alike_keeps_its_leases(shift: Shift) -> None:
    """Session 1 ends, session 1x does not."""
    first = shift.sessions[0]
    alike = next(number for turn in range(30) if str(number := shift.sign_in(f"more{turn}")).startswith(str(first)))
    shift.office.do(locks.unlock, shift.office.leases, *_key(shift.held["key"]), actor=shift.ana)
    lease = shift.lock(replace(shift.ana, session_id=alike))
    log_out(shift)
    with shift.office.storage.read() as connection:
        assert shift.office.leases.find(connection, lease.contact_id) == lease


def test_nothing_ends_when_the_end_of_the_right_is_not_committed(shift: Shift) -> None:
    shift.office.told.clear()
    with suppress(ZeroDivisionError), shift.office.write() as tx:
        tx.delete(tx.get(API_KEY, shift.key))
        raise ZeroDivisionError
    assert shift.still_held() == ALL
    assert shift.office.told == []


def _key(lease: Lease) -> tuple[int, int]:
    return lease.contact_id, lease.token
