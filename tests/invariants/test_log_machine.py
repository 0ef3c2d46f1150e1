"""Whatever people do, in any order: the log tells the tables, undo takes back, and every client ends up the same."""

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test
from sqlalchemy import false, func, select, text

from callmanager.domain.errors import CallManagerError
from callmanager.domain.people import SYSTEM, Actor
from callmanager.server.actions import contacts, merges, undo
from callmanager.server.actions.contact_fields import check_fields
from callmanager.server.changes.audit import verify_log
from callmanager.server.changes.entities import CAMPAIGN, CONTACT, TEAM, USER
from callmanager.server.changes.write import Record, Transaction
from callmanager.server.storage.sqlite import SqliteStorage
from callmanager.server.storage.tables import changes
from tests.invariants.clients import FeedClient
from tests.invariants.replaying import Replay, Tables, check_derived, check_search, comparable, read_tables
from tests.office import REGION, Office

FOLLOWED = (CONTACT, CAMPAIGN, TEAM, USER)
PEOPLE = ("agent-north", "agent-south", "lead", "free", "manager", "admin")
TEAMS = (None, 1, 2)
BOOKKEEPING = {"seq", "version", "updated_at", "created_at", "wire", "archived_at", "sight_seq", "password_hash"}

names = st.sampled_from(["Ana", "ana maría", "Ñandú", "Zoë", "李小龙", 'O\'Hara "q"', "100% _x_ \\", "", "  Luis  "])
numbers = st.integers(0, 30).map(lambda n: f"8888-{n:04d}") | st.sampled_from(
    ["+1 555 123 4567", "2222", "+50622223333"]
)
phones = st.lists(numbers, min_size=1, max_size=3).map(lambda found: [{"number": number} for number in found])
fields = st.fixed_dictionaries(
    {},
    optional={
        "name": names,
        "phones": phones,
        "note": st.sampled_from(["", "llamar", "línea 1\nlínea 2", "x" * 300]),
        "company": names,
        "status": st.sampled_from(["SIN_GESTIONAR", "CONTACTADO", "INTERESADO"]),
        "team_id": st.sampled_from(TEAMS),
        "extra": st.dictionaries(st.sampled_from(["Código", "b"]), st.sampled_from(["", "1", "ñ"]), max_size=2),
        "next_call_at": st.sampled_from([None, "2026-11-23T10:00:00.123Z"]),
    },
)
actors = st.sampled_from(["system", *PEOPLE])
picks = st.integers(0, 10**6)


class LogMachine(RuleBasedStateMachine):
    """One office, lived at random. Whatever is refused must have changed nothing."""

    sleepers = Bundle("sleepers")

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory(prefix="cm-machine-", ignore_cleanup_errors=True)
        self.office = Office(SqliteStorage(Path(self.folder.name) / "contacts.db"))
        self.office.open_teams("north", "south")
        self.replay = Replay()
        self.clients = [FeedClient(self.office.people[name], limit=3 + place) for place, name in enumerate(PEOPLE)]
        self.before: dict[int, Tables] = {}
        self.after: dict[int, Tables] = {}
        with self.office.storage.read() as connection:
            for client in self.clients:
                client.load(connection)

    def teardown(self) -> None:
        assert verify_log(self.office.storage).ok
        self.office.storage.close()
        self.folder.cleanup()

    # What people do

    @rule(who=actors, values=fields, number=numbers)
    def create(self, who: str, values: dict[str, Any], number: str) -> None:
        values = values if "phones" in values else {**values, "phone": number}
        self.attempt(who, lambda tx: contacts.create(tx, values, region=REGION))

    @rule(who=actors, pick=picks, values=fields, stale=st.sampled_from([0, 0, 0, 1, 2, -1]))
    def edit(self, who: str, pick: int, values: dict[str, Any], stale: int) -> None:
        contact = self.picked(pick)
        if contact and values:
            version = contact["version"] - stale
            self.attempt(who, lambda tx: contacts.edit(tx, contact["id"], values, version=version, region=REGION))

    @rule(who=actors, pick=picks, other=picks, values=fields)
    def merge(self, who: str, pick: int, other: int, values: dict[str, Any]) -> None:
        keep, gone = self.picked(pick), self.picked(other)
        if keep and gone:
            versions = {"keep_version": keep["version"], "other_version": gone["version"]}
            self.attempt(
                who, lambda tx: merges.merge(tx, keep["id"], gone["id"], **versions, fields=values, region=REGION)
            )

    @rule(who=actors, pick=picks)
    def archive(self, who: str, pick: int) -> None:
        if contact := self.picked(pick):
            self.attempt(who, lambda tx: contacts.delete(tx, contact["id"], version=contact["version"]))

    @rule(who=actors, pick=picks)
    def bring_back(self, who: str, pick: int) -> None:
        if contact := self.picked(pick, archived=True):
            self.attempt(who, lambda tx: contacts.restore(tx, contact["id"]))

    @rule(pick=picks, team=st.sampled_from(TEAMS))
    def move(self, pick: int, team: int | None) -> None:
        if contact := self.picked(pick):
            version = contact["version"]
            self.attempt(
                "manager",
                lambda tx: contacts.edit(tx, contact["id"], {"team_id": team}, version=version, region=REGION),
            )

    @rule(rows=st.lists(fields, min_size=1, max_size=8), team=st.sampled_from(TEAMS), again=picks)
    def bring_in_a_list(self, rows: list[dict[str, Any]], team: int | None, again: int) -> None:
        """A batch as an import writes it: new people, and what it knows better of those that are there."""

        def work(tx: Transaction) -> None:
            fresh = [
                {"status": "SIN_GESTIONAR", "phone": f"2222-{place:04d}", "team_id": team} for place in range(len(rows))
            ]
            tx.insert_many(CONTACT, [check_fields(tx, row, region=REGION) for row in fresh])
            known = [self.picked(again), self.picked(again + 1)]
            found = {contact["id"]: tx.get(CONTACT, contact["id"]) for contact in known if contact}
            edits: list[tuple[Record, dict[str, Any]]] = []
            for record, values in zip(found.values(), rows, strict=False):
                edits.append((record, check_fields(tx, values, region=REGION, current=record.row)))
            tx.update_many(edits)

        self.attempt("system", work, origin="import", origin_id=1, bulk=True)

    @rule(name=names, pick=st.sampled_from([1, 2]))
    def rename_team(self, name: str, pick: int) -> None:
        self.attempt("admin", lambda tx: tx.update(tx.get(TEAM, pick), name=f"{name} {pick}"))

    @rule(team=st.sampled_from(TEAMS), name=names)
    def open_campaign(self, team: int | None, name: str) -> None:
        values = {"name": f"{name} {len(self.before)}", "team_id": team, "active": True}
        self.attempt("manager", lambda tx: tx.insert(CAMPAIGN, values))

    @rule(who=actors, pick=picks, recent=st.booleans(), partly=st.booleans())
    @precondition(lambda self: self.before)
    def undo(self, who: str, pick: int, recent: bool, partly: bool) -> None:
        sets = sorted(self.before)
        self.take_back(who, sets[-1] if recent else sets[pick % len(sets)], partly=partly)

    @rule(who=actors, partly=st.booleans())
    def undo_what_was_edited_since(self, who: str, partly: bool) -> None:
        """Somebody changes a field, another changes it again, and the first of the two changes is to be undone."""
        made = self.attempt("system", lambda tx: contacts.create(tx, {"phone": "8888-0031"}, region=REGION))
        first = self.edited(made.id, note="llamar el lunes")
        self.edited(made.id, note="llamar el martes")
        self.take_back(who, first, partly=partly)

    def edited(self, contact_id: int, **values: Any) -> int:
        """Edit a contact as it stands; returns the change set."""
        version = self.tables()["contact", contact_id]["version"]
        self.attempt("system", lambda tx: contacts.edit(tx, contact_id, values, version=version, region=REGION))
        return max(self.before)

    def take_back(self, who: str, set_id: int, *, partly: bool) -> None:
        """Undo a set; what was undone must be as before it, and nothing else may have moved."""
        present = self.tables()
        done = self.attempt(who, lambda tx: undo.undo_set(tx, set_id, partly=partly), origin="undo", origin_id=set_id)
        if done is not None and not done.kept:
            self.check_undone(set_id, present)

    @rule(pick=picks, who=actors, before=st.booleans())
    def restore_one_value(self, pick: int, who: str, before: bool) -> None:
        if contact := self.picked(pick):
            seq, field = self.some_change(contact["id"], pick)
            self.attempt(
                who,
                lambda tx: contacts.restore_value(
                    tx, contact["id"], seq, field, version=contact["version"], region=REGION, before=before
                ),
            )

    @rule()
    def restart(self) -> None:
        self.office.storage.close()
        again = Office(SqliteStorage(Path(self.folder.name) / "contacts.db"), self.office.clock)
        again.people = self.office.people
        self.office = again

    # Clients that sleep and wake

    @rule(target=sleepers, pick=picks)
    def fall_asleep(self, pick: int) -> FeedClient:
        return self.clients[pick % len(self.clients)].earlier()

    @rule(sleeper=sleepers, limit=st.sampled_from([1, 2, 5, 500]))
    def wake(self, sleeper: FeedClient, limit: int) -> None:
        woken = sleeper.earlier()
        woken.limit = limit
        self.check_client(woken)

    # What must be true after every step

    @invariant()
    def the_log_tells_the_tables(self) -> None:
        with self.office.storage.read() as connection:
            self.replay.follow(connection)
            present = read_tables(connection, FOLLOWED)
            assert comparable(self.replay.records, FOLLOWED) == comparable(present, FOLLOWED)
            check_derived(connection)
            counts = select(changes.c.entity, changes.c.record_id, func.count()).group_by(
                changes.c.entity, changes.c.record_id
            )
            for entity, record_id, count in connection.execute(counts):
                assert present[entity, record_id]["version"] == count, "the history is not complete"
            check_search(connection, "ana")
            check_search(connection, "8888 00")

    @invariant()
    def every_client_holds_what_is_there(self) -> None:
        for client in self.clients:
            self.check_client(client)

    @invariant()
    def the_index_of_words_is_whole(self) -> None:
        with self.office.storage.write() as connection:
            connection.execute(text("INSERT INTO contact_fts(contact_fts, rank) VALUES ('integrity-check', 1)"))

    # Means

    def attempt(self, who: str, work: Callable[[Transaction], Any], origin: str = "api", **how: Any) -> Any:
        """Do it; a refusal must leave everything as it was."""
        before = self.tables()
        try:
            with self.office.write(self.actor(who), origin, **how) as tx:
                answer = work(tx)
        except CallManagerError:
            assert self.tables() == before, "a refused write left a trace"
            return None
        committed = tx.committed()
        if committed is not None:
            self.before[committed.set_id], self.after[committed.set_id] = before, self.tables()
        return answer

    def actor(self, who: str) -> Actor:
        return SYSTEM if who == "system" else self.office.people[who]

    def tables(self) -> Tables:
        with self.office.storage.read() as connection:
            return read_tables(connection, FOLLOWED)

    def picked(self, pick: int, *, archived: bool | None = None) -> dict[str, Any] | None:
        rows = [row for (kind, _), row in sorted(self.tables().items()) if kind == "contact"]
        if archived:
            rows = [row for row in rows if row["archived_at"] is not None]
        return rows[pick % len(rows)] if rows else None

    def some_change(self, contact_id: int, pick: int) -> tuple[int, str]:
        with self.office.storage.read() as connection:
            statement = select(changes.c.seq).where(changes.c.entity == "contact", changes.c.record_id == contact_id)
            seqs = list(connection.execute(statement).scalars())
        return seqs[pick % len(seqs)], ("name", "phones", "team_id", "extra", "next_call_at")[pick % 5]

    def check_client(self, client: FeedClient) -> None:
        fresh = FeedClient(client.actor, limit=500)
        with self.office.storage.read() as connection:
            client.follow(connection)
            fresh.load(connection)
        kinds = fresh.held.keys() | client.held.keys()
        assert {kind: client.held.get(kind, {}) for kind in kinds} == {kind: fresh.held.get(kind, {}) for kind in kinds}

    def check_undone(self, set_id: int, present: Tables) -> None:
        """What the set did is as before it, nothing that came later was overwritten, and nothing else moved."""
        after, before, then = self.tables(), self.before[set_id], self.after[set_id]
        touched = self.touched_fields(set_id)
        assert {key for key in after if after[key] != present.get(key)} <= touched.keys()
        for key, names in touched.items():
            assert only(present[key], names) == only(then[key], names), "a later change was overwritten"
            if key in before:
                assert only(after[key], names) == only(before[key], names)
            else:
                assert after[key]["archived_at"] is not None, "what the set made is still there"

    def touched_fields(self, set_id: int) -> dict[tuple[str, int], set[str]]:
        found: dict[tuple[str, int], set[str]] = {}
        with self.office.storage.read() as connection:
            for row in connection.execute(select(changes).where(changes.c.set_id == set_id)).mappings():
                found.setdefault((row["entity"], row["record_id"]), {"living"}).update(orjson.loads(row["fields"]))
        return found


def only(row: dict[str, Any], names: set[str]) -> dict[str, Any]:
    """Some of what people see of a record."""
    return {name: value for name, value in shown(row).items() if name in names}


def shown(row: dict[str, Any]) -> dict[str, Any]:
    """What people see of a record."""
    living = {"living": row["archived_at"] is None}
    return {**{name: value for name, value in row.items() if name not in BOOKKEEPING}, **living}


def live(*, examples: int, steps: int, derandomize: bool = False) -> None:
    how = settings(
        derandomize=derandomize,
        max_examples=examples,
        stateful_step_count=steps,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
        print_blob=True,
        report_multiple_bugs=False,
        phases=[Phase.explicit, Phase.generate],  # shrinking such long lives takes minutes; do it when one fails
    )
    run_state_machine_as_test(LogMachine, settings=how)


def test_whatever_people_do_the_log_tells_it() -> None:
    live(examples=6, steps=20)


@pytest.mark.long
def test_whatever_people_do_the_log_tells_it_in_full() -> None:
    live(examples=300, steps=60)


def blind_to_moves(*_arguments: Any) -> Any:
    return false()


def keeps_old_words(*_arguments: Any) -> None:
    """An index that does not follow edits."""


def without_looking(*_arguments: Any) -> list[str]:
    """An undo that overwrites what others changed since."""
    return []


UNDO_BLINDLY = ("callmanager.server.changes.undo.touched_since", without_looking)


def test_the_machine_sees_an_undo_that_overwrites_a_later_change(monkeypatch: pytest.MonkeyPatch) -> None:
    """Always the same lives, so that it is seen in a known number of steps."""
    monkeypatch.setattr(*UNDO_BLINDLY)
    with pytest.raises(AssertionError, match="a later change was overwritten"):
        live(examples=10, steps=20, derandomize=True)


@pytest.mark.long
@pytest.mark.parametrize(
    ("place", "broken"),
    [
        ("callmanager.server.changes.feed.left_sight", blind_to_moves),
        ("callmanager.server.storage.contact_index.index_updated", keeps_old_words),
        UNDO_BLINDLY,
    ],
)
def test_the_machine_sees_what_is_broken_on_purpose(monkeypatch: pytest.MonkeyPatch, place: str, broken: Any) -> None:
    """The control of the proof: each of these must come out as a counterexample."""
    monkeypatch.setattr(place, broken)
    with pytest.raises(AssertionError):
        live(examples=60, steps=40)
