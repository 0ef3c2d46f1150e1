"""Trial D: what anybody asks costs what he gets and what changed, however long the log and however many the teams.

Every statement that the server really runs, on a database of 100,000 changes in which nearly everything is another
team's, is held against two laws: by its plan, with and without SQLite's statistics, it walks no table that grows with
work; and by the steps of SQLite's machine it took, it did not.
"""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from callmanager.domain.permissions import Visibility
from callmanager.server.changes.broadcast import Round, SeqSpan, audience_of, is_empty, read_news, read_piece
from callmanager.server.changes.log import read_head
from callmanager.server.edges.routing import DECLARED
from callmanager.server.jobs.periodic import build_jobs
from callmanager.server.storage.engine import open_storage
from callmanager.server.storage.schema import ensure_schema
from callmanager.server.storage.tables import metadata
from tests.old_office import CHANGES, LOGS, OLD_TEAM, STOCKS, grow_old
from tests.query_plans import Asked, Notes, explain, noting, walks
from tests.server.matrix_calls import WAYS
from tests.server.matrix_people import PEOPLE
from tests.server.matrix_ways import PLAIN, Office
from tests.server.matrix_ways import Asked as Request
from tests.web import Web

MOST_STEPS = 100_000
"""More than any page takes that looks at 5,000 rows; less than a walk of the calls takes, a third of one of the log."""

ASKING = tuple(person for person in PEOPLE if person.name in ("agent-norte", "lead-norte", "manager", "boss"))
ACTING = tuple(person for person in ASKING if person.name in ("lead-norte", "boss"))

WHOLE = {
    "preparing": "makes and frees what the tries need",
    "start": "an import that was cut off is looked for once, among one row for each list that was ever brought",
    "POST /backups": "copies everything and counts it",
    "POST /backups/<name>/verify": "reads the whole copy",
    "job backup": "the same by the clock",
    "GET /audit/verify": "walks the chain: that is what it is for",
    "GET /calls/export": "every call of its time, for a table",
}
"""What reads everything because everything is asked for: not held to the laws, and not even asked here."""

OF_STOCKS = {
    "GET /contacts": "filters and orders are chosen freely, and no filter has an index for every order",
    "GET /export": "every contact of a filter, for a table",
    "GET /sync/snapshot": "everything that one may see",
    "GET /do-not-call": "the list, by pages",
}
"""What may read past contacts that are not wanted: it grows with what the office keeps, not with its work."""

LISTS = (
    *(f"/changes?{query}" for query in (
        "", "entity=contact", "entity=session", "entity=user&cursor=99999", "entity=contact&record=1005",
        "record=1005", "actor=2", "actor=901", "actor=901&entity=call", "set=50", "since=99000", "since=5",
        "since=2020-11-01T00:00:00Z", "since=2026-01-01T00:00:00Z", "cursor=5000",
    )),
    *(f"/calls?{query}" for query in (
        "", "user_id=2", "user_id=901", "from=2020-09-15T00:00:00Z", "to=2020-09-15T00:00:00Z", "open=true",
        "contact_id=1003", "cursor=20200920T000000000Z_9000",
    )),
    *(f"/contacts?limit=20&{query}" for query in (
        "q=ana", "q=an", "status=NC", "team_id=1", "assigned_to=2", "phone_valid=true", "do_not_call=true",
        "archived=true", "sort=name", "sort=-name", "sort=updated_at", "sort=-id", "phone=88110000",
    )),
    "/contacts/1005/history", "/contacts/1005/calls", "/agents/901/day", "/agents/2/day", "/imports?limit=20",
    f"/sync/changes?limit=20&since={CHANGES - 900}", f"/sync/changes?limit=20&since={CHANGES}",
)  # fmt: skip


@dataclass
class Worked:
    """An old office after a day on which everything was asked and done, and the statements of that day."""

    database: Path
    notes: Notes

    def asked(self) -> Iterator[Asked]:
        """What is held against the laws."""
        words = ("SELECT", "INSERT", "UPDATE", "DELETE", "WITH")
        for asked in self.notes.asked.values():
            of_staging = re.search(r"\b(?:FROM|INTO) lines\b", asked.sql)  # a file of its own, gone with its load
            if asked.by not in WHOLE and asked.sql.lstrip().upper().startswith(words) and not of_staging:
                yield asked

    def walking(self) -> list[str]:
        """Who walks, and how, by the plans as SQLite makes them at present."""
        found = []
        with sqlite3.connect(self.database) as connection:
            for asked in self.asked():
                tables = LOGS if asked.by.split("?")[0] in OF_STOCKS else LOGS | STOCKS
                lines = walks(asked.sql, explain(connection, asked), tables)
                found += [f"{asked.by}: {line}: {asked.sql}" for line in lines]
        connection.close()
        return found


@pytest.fixture(scope="module")
def worked(tmp_path_factory: pytest.TempPathFactory) -> Worked:
    folder = tmp_path_factory.mktemp("old")
    storage = open_storage("contacts.db", home=folder)
    ensure_schema(storage, now=datetime.now(UTC))
    with storage.write(bulk=True) as connection:
        grow_old(connection)
    storage.close()
    with noting() as notes:
        notes.by = "start"
        web = Web(folder)
        notes.by = "preparing"
        office = Office(web)
        use_every_route(office, notes)
        ask_every_list(office, notes)
        run_jobs(web, notes)
        tell(web, notes)
        web.close()
    return Worked(folder / "contacts.db", notes)


def use_every_route(office: Office, notes: Notes) -> None:
    for declared in DECLARED.values():
        label = f"{declared.method} {declared.path}"
        way = WAYS.get(label, PLAIN)
        for person in ACTING if label not in WHOLE else ():
            notes.by = "preparing"
            asked = way.prepare(office, person, way.kinds[0])
            notes.by = label
            answer = office.ask(person, declared.method, declared.path, asked)
            assert answer.status_code < 500, f"{label}: {answer.text}"


def ask_every_list(office: Office, notes: Notes) -> None:
    position = office.web.ask("boss", "GET", "/sync/snapshot?limit=1").json
    for address in LISTS:
        path, _, query = address.partition("?")
        asked = Request(query=dict(pair.split("=") for pair in query.split("&") if pair))
        if path == "/sync/changes":
            asked.query["epoch"] = position["epoch"]
        for person in ASKING:
            notes.by = f"GET {address}"
            answer = office.ask(person, "GET", path, asked)
            assert answer.status_code in (200, 403, 404, 410), f"{address}: {answer.text}"


def run_jobs(web: Web, notes: Notes) -> None:
    for job in build_jobs(web.services):
        notes.by = f"job {job.name}"
        if notes.by not in WHOLE:
            job.work()


def tell(web: Web, notes: Notes) -> None:
    """Every round of the broadcast: a small one, a large one, one too large, and somebody who catches up."""
    sights = [web.services.identities.by_username(name).sight for name in ("agent-norte", "free", "manager", "boss")]
    audiences = [audience_of(sight) for sight in sights]
    with web.services.storage.read() as connection:
        head = read_head(connection).seq
        for notes.by, far in (("broadcast", 2), ("broadcast", 900), ("broadcast", 1_500), ("far behind", CHANGES)):
            read_news(connection, audiences, since=head - far)
        notes.by = "stream"
        for audience in audiences:
            read_piece(connection, audience, since=head - 400, to=head)


def test_no_statement_walks_what_grows_without_statistics(worked: Worked) -> None:
    assert len(list(worked.asked())) > 150
    assert "\n".join(worked.walking()) == ""


def test_no_statement_walks_what_grows_with_statistics(worked: Worked) -> None:
    with closing(sqlite3.connect(worked.database)) as connection:
        connection.execute("ANALYZE")
        try:
            assert "\n".join(worked.walking()) == ""
        finally:
            connection.execute("DROP TABLE sqlite_stat1")


def test_no_statement_takes_the_steps_of_a_walk(worked: Worked) -> None:
    """But those of OF_STOCKS, and the one round that is 100,000 changes behind, whose cost is those changes."""
    held = [asked for asked in worked.asked() if asked.by.split("?")[0] not in OF_STOCKS]
    far = [asked for asked in held if asked.steps > MOST_STEPS and asked.by != "far behind"]
    assert [f"{asked.by}: {asked.steps} steps: {asked.sql}" for asked in far] == []


def test_what_a_round_asks_is_the_same_for_one_audience_and_for_two_hundred(worked: Worked) -> None:
    asked = []
    with noting() as notes:
        storage = open_storage("contacts.db", home=worked.database.parent)
        for teams in (1, 200):
            audiences = [audience_of(Visibility(False, False, OLD_TEAM + number)) for number in range(teams)]
            with storage.read() as connection:
                before = notes.times
                news = read_news(connection, audiences, since=read_head(connection).seq - 50)
                asked.append(notes.times - before)
            assert len(news.payloads) == teams
        storage.close()
    assert asked[0] == asked[1] > 2


def test_an_audience_that_nothing_concerns_is_given_what_another_such_is_given(worked: Worked) -> None:
    storage = open_storage("contacts.db", home=worked.database.parent)
    with storage.read() as connection:
        found = Round(connection, SeqSpan("epoch", 10_010, 10_040))
    storage.close()
    sights = [Visibility(False, False, team) for team in range(5_000, 5_100)]
    assert len({id(found.payload(audience_of(sight))) for sight in sights}) == 1
    assert not is_empty(found.payload(audience_of(Visibility(False, False, OLD_TEAM))))


OLD_MOVED = """SELECT changes.record_id AS id FROM changes JOIN contacts ON contacts.id = changes.record_id
WHERE changes.seq > ? AND changes.seq <= ? AND changes.entity = 'contact'
AND changes.scope_before IN ('everyone', 'team:1') AND NOT (contacts.team_id IS NULL OR contacts.team_id = 1)"""


@pytest.mark.parametrize(
    ("sql", "plan", "is_walk"),
    [
        (OLD_MOVED, ["SEARCH changes USING INDEX ix_changes_entity_record_id_seq (entity=?)"], True),
        ("SELECT * FROM changes WHERE at > ? LIMIT 5", ["SCAN changes"], True),
        ("SELECT * FROM calls AS c WHERE ended_at IS NULL", ["SCAN c USING INDEX ix_calls_requested_at"], True),
        ("SELECT * FROM calls", ["SEARCH calls USING AUTOMATIC COVERING INDEX (contact_id=?)"], True),
        ("SELECT * FROM changes ORDER BY seq DESC LIMIT 5", ["SCAN changes"], False),
        ("SELECT * FROM changes WHERE seq > ?", ["SEARCH changes USING INTEGER PRIMARY KEY (rowid>?)"], False),
        ("SELECT * FROM calls WHERE ended_at IS NULL", ["SCAN calls USING INDEX ix_calls_live_user_id"], False),
        ("SELECT * FROM teams WHERE name = ?", ["SCAN teams"], False),
    ],
)
def test_the_law_knows_a_walk(sql: str, plan: list[str], is_walk: bool) -> None:
    assert bool(walks(sql, plan, LOGS | STOCKS)) == is_walk


def test_every_table_is_said_to_grow_or_not_to() -> None:
    """A new table that grows with the work is held to the law as well."""
    bounded = {
        "api_keys", "campaigns", "dispositions", "import_mappings", "log_head", "meta", "registers", "teams",
        "throttles", "users",
    }  # fmt: skip
    assert set(metadata.tables) == LOGS | STOCKS | bounded
