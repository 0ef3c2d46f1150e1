"""A1: files of do-not-call registers: a source's file replaces its own, is tried out, in force at once, taken back."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, text

from callmanager.domain.errors import Unavailable
from callmanager.domain.people import Actor, Role
from callmanager.domain.permissions import Permission
from callmanager.domain.prohibitions import last_day_over
from callmanager.server.edges.routing import DECLARED
from callmanager.server.edges.sizes import IMPORT_PATHS
from callmanager.server.jobs.periodic import TOLD_AT_HOUR, tidy
from callmanager.server.lists.reading import read_list
from callmanager.server.lists.rows import Limits
from callmanager.server.queries.start_warnings import register_warnings
from callmanager.server.registers.loading import RegisterLoad
from callmanager.server.registers.reading import LineRules
from callmanager.server.storage.prohibitions import registered
from callmanager.server.storage.registers import register_lines, shown_at
from tests.server.lists_workbooks import inline, workbook
from tests.server.people_office import Caller, Server, code, contact, edit, find, is_barred, marked, open_server
from tests.server.registers_in import figures, loaded, send, tried_out

NUMBERS = "88880001\n+506 8888-0002\n8888 0003 ext. 7\n"


def sources(admin: Caller, number: str) -> list[str]:
    return [row["source"] for row in find(admin, "/do-not-call", number=number)]


def test_a_register_bars_its_lines_in_every_spelling_and_marks_their_contacts(admin: Caller) -> None:
    before = [contact(admin, f"8888-000{place}") for place in (1, 2, 3, 4)]
    one = loaded(admin, NUMBERS)
    after = contact(admin, "(506) 8888 0001 ext. 3")
    (brought,) = find(admin, "/contacts", phone="8888-0005") or [None]
    assert brought is None
    admin.ask("POST", "/import", [{"phone": "+50688880002 ext. 4", "name": "Viene después"}])
    assert marked(admin, *before, after) == [True, True, True, False, True]
    assert [row["do_not_call"] for row in find(admin, "/contacts", phone="8888-0002")] == [True, True]
    assert [is_barred(admin, before[place], f"8888-000{place + 1}") for place in (0, 1, 2, 3)] == [
        True,
        True,
        True,
        False,
    ]
    (entry,) = find(admin, "/do-not-call", number="8888-0003")
    assert (entry["id"], entry["kind"], entry["source"]) == (None, "line", "Registro")
    assert figures(one["report"], "rows", "numbers", "new", "contacts_barred") == [3, 3, 3, 3]
    assert find(admin, "/do-not-call") == [], "the list one by one holds no file"


def test_a_file_replaces_the_earlier_one_of_its_own_source_alone(admin: Caller) -> None:
    ids = [contact(admin, f"8888-000{place}") for place in (1, 2, 3)]
    by_hand = admin.post("/do-not-call", {"number": "8888-0001", "source": "Registro"}).json
    loaded(admin, "88880001\n88880002\n")
    loaded(admin, "88880002\n", source="Otro registro")
    newer = loaded(admin, "88880002\n88880003\n", source="  REGISTRO ")
    assert figures(newer["report"], "new", "same", "changed", "gone") == [1, 1, 0, 1]
    assert [one["numbers"] for one in admin.get("/do-not-call/registers").json] == [1, 2]
    assert marked(admin, *ids) == [True, True, True], "what a manager listed himself stays"
    admin.delete(f"/do-not-call/{by_hand['id']}")
    assert marked(admin, *ids) == [False, True, True]
    loaded(admin, "88880003\n")
    assert (marked(admin, *ids), sources(admin, "8888-0002")) == ([False, True, True], ["Otro registro"])


def test_a_dry_run_says_what_the_file_would_do_and_changes_nothing(server: Server, admin: Caller) -> None:
    ids = [contact(admin, f"8888-000{place}") for place in (1, 2, 3)]
    loaded(admin, "88880001\n88880002\n")
    seen = admin.get("/changes").json
    file = "Teléfono;Vence\n8888-0002;\n8888-0003;\n8888-0003;31/12/2099\nsin teléfono;\n12;\n"
    tried = tried_out(admin, file)
    assert figures(tried, "rows", "numbers", "unreadable", "repeated") == [5, 2, 2, 1]
    assert figures(tried, "new", "same", "gone", "contacts_barred", "contacts_freed") == [1, 1, 1, 1, 1]
    assert [(one["row"], one["code"]) for one in tried["errors"]] == [(5, "phone_letters"), (6, "phone_too_short")]
    assert (marked(admin, *ids), admin.get("/changes").json) == ([True, True, False], seen)
    real = loaded(admin, file)
    assert real["report"] == tried
    assert marked(admin, *ids) == [False, True, True]


def test_a_file_is_taken_back_and_so_is_the_one_before_it(admin: Caller) -> None:
    ids = [contact(admin, f"8888-000{place}") for place in (1, 2)]
    first, second = loaded(admin, "88880001\n"), loaded(admin, "88880002\n")
    assert marked(admin, *ids) == [False, True]
    assert code(admin.post(f"/do-not-call/loads/{first['id']}/undo")) == (409, "register_replaced")
    undone = admin.post(f"/do-not-call/loads/{second['id']}/undo", Idempotency_Key="k")
    assert (undone.status_code, undone.json["state"]) == (200, "undone")
    assert admin.post(f"/do-not-call/loads/{second['id']}/undo", Idempotency_Key="k").json == undone.json
    assert (marked(admin, *ids), is_barred(admin, ids[1], "8888-0002")) == ([True, False], False)
    third = loaded(admin, "88880001\n88880002\n")
    assert figures(third["report"], "new", "same", "gone") == [1, 1, 0]
    for load in (third, first):
        assert admin.post(f"/do-not-call/loads/{load['id']}/undo").status_code == 200
    assert code(admin.post(f"/do-not-call/loads/{first['id']}/undo")) == (409, "register_undone")
    assert marked(admin, *ids) == [False, False]
    (register,) = admin.get("/do-not-call/registers").json
    assert (register["numbers"], register["load_id"], register["is_old"]) == (0, 0, False)
    assert code(admin.post("/do-not-call/loads/99/undo"))[0] == 404


def test_who_loaded_what_stands_in_the_history_and_a_repeat_loads_nothing(server: Server, admin: Caller) -> None:
    one = contact(admin, "8888-0001")
    boss = server.hire(admin, "jefa", "manager")
    answer = send(boss, NUMBERS, key="k", file_name="junio.csv")
    again = send(boss, NUMBERS, key="k", file_name="junio.csv")
    assert (again.status_code, again.json) == (201, answer.json)
    (load,) = admin.get("/do-not-call/loads").json
    assert (load["file_name"], load["created_by"], load["source"]) == ("junio.csv", boss.id, "Registro")
    told = [row for row in admin.get("/changes").json if row["entity"].startswith("register")]
    assert {row["actor"]["name"] for row in told} == {"jefa"}
    line = admin.get(f"/contacts/{one}/history").json[0]
    assert (line["fields"], line["origin"], line["actor"]["name"]) == (
        {"do_not_call": [False, True]},
        "register",
        "jefa",
    )
    for role in ("agent", "team_lead"):
        person = server.hire(admin, role, role)
        assert code(send(person, NUMBERS)) == (403, "forbidden")
        assert code(person.post(f"/do-not-call/loads/{load['id']}/undo")) == (403, "forbidden")
        assert person.get("/do-not-call/registers").status_code == 200


SHAPES = [
    ("numero,nombre\n8888-0001,Ana\n+505 8812 7003,Luis\n", "text/csv"),
    ("\ufeff88880001\r\n+50588127003\r\n", "text/plain"),
    ("País;Tel\nCR;8888-0001\nNicaragua;8812-7003\n", "text/csv"),
    ('[{"phone": "8888-0001"}, {"phone": "+505 88127003"}]', "application/json"),
    ("Tel\n8888-0001 / +505 8812-7003\n", "text/csv"),
    (
        workbook(f'<row r="1"><c r="A1"><v>88880001</v></c></row><row r="2">{inline("A2", "+50588127003")}</row>'),
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ),
]


def test_a_file_is_read_in_the_shapes_that_lists_have(admin: Caller) -> None:
    asked = ("8888-0001", "+505 8812-7003", "8812-7003")
    for number, (content, kind) in enumerate(SHAPES):
        report = loaded(admin, content, kind=kind)["report"]
        assert figures(report, "numbers", "unreadable", "unclear") == [2, 0, 0], number
        assert [sources(admin, one) for one in asked] == [["Registro"], ["Registro"], []], number


def test_days_and_references_of_a_row_hold_and_what_has_expired_bars_nobody(server: Server, admin: Caller) -> None:
    today = datetime.fromisoformat(last_day_over(server.clock.now()))
    over, last = ((today + timedelta(days=days)).date() for days in (-1, 0))
    ids = [contact(admin, f"8888-000{place}") for place in (1, 2, 3, 4)]
    file = (
        f"tel;Referencia;Fecha de alta;Vence\n88880001;A1;2020-01-31;{over}\n88880002;A2;31/01/2020;{last:%d/%m/%Y}\n"
    )
    report = loaded(admin, f"{file}88880003;;;\n88880004;;;mañana\n", expires_on="2099-12-31", reference="junio")[
        "report"
    ]
    assert (report["unreadable"], report["days_unread"]) == (0, 1)
    assert marked(admin, *ids) == [False, True, True, True]
    entries = [find(admin, "/do-not-call", number=f"8888-000{place}") for place in (1, 2, 3, 4)]
    assert [[(e["reference"], e["listed_on"], e["expires_on"]) for e in found] for found in entries] == [
        [],
        [("A2", "2020-01-31", last.isoformat())],
        [("junio", None, "2099-12-31")],
        [("junio", None, None)],
    ]
    tidy(server.services)
    server.clock.pass_by(days=2)
    admin = server.sign_in("admin")
    assert not is_barred(admin, ids[1], "8888-0002")
    tidy(server.services)
    assert marked(admin, *ids) == [False, False, True, True]
    changed = loaded(admin, "88880002\n88880003\n")["report"]
    assert figures(changed, "new", "same", "changed", "gone") == [0, 0, 2, 2]
    assert marked(admin, *ids) == [False, True, True, False]


def test_a_register_is_old_after_thirty_days_and_everybody_who_asks_hears_it(
    server: Server, admin: Caller, caplog: pytest.LogCaptureFixture
) -> None:
    loaded(admin, NUMBERS)
    server.clock.pass_by(days=30)
    assert register_warnings(server.services.storage, server.clock.now()) == []
    server.clock.pass_by(days=1)
    (told,) = register_warnings(server.services.storage, server.clock.now())
    assert (told.code, told.params) == ("register_old", {"name": "Registro", "days": "31"})
    admin = server.sign_in("admin")
    (register,) = admin.get("/do-not-call/registers").json
    assert (register["is_old"], register["age_days"]) == (True, 31)
    server.clock.pass_by(hours=(TOLD_AT_HOUR - server.clock.now().hour) % 24)
    with caplog.at_level(logging.WARNING):
        tidy(server.services)
    assert "register_old" in caplog.text
    loaded(server.sign_in("admin"), NUMBERS)
    assert register_warnings(server.services.storage, server.clock.now()) == []


def test_what_is_said_of_a_file_is_checked(admin: Caller) -> None:
    for query, refused in (
        ({"source": ""}, "source_invalid"),
        ({"source": "x" * 81}, "source_invalid"),
        ({"expires_on": "mañana"}, "day_invalid"),
        ({"expires_on": "2020-01-01", "listed_on": "2020-01-02"}, "expiry_before_listing"),
    ):
        assert code(send(admin, NUMBERS, **query)) == (422, refused)
    assert code(send(admin, "nombre\nAna\n")) == (422, "file_one_column")
    assert admin.get("/do-not-call/loads").json == []


def test_wherever_lists_are_sent_they_may_be_large() -> None:
    taking = {(one.path, one.permission) for one in DECLARED.values() if one.bucket == "import"}
    assert taking <= set(IMPORT_PATHS.items())
    assert ("/do-not-call/registers", Permission.DO_NOT_CALL_LOAD) in taking


def test_one_file_at_a_time(server: Server, admin: Caller) -> None:
    with server.services.register_turn.taken():
        assert code(send(admin, NUMBERS)) == (409, "register_busy")
        assert tried_out(admin, NUMBERS)["new"] == 3
    answer = send(admin, NUMBERS, background="1")
    assert answer.status_code == 202
    server.services.imports.wait()
    assert admin.get(answer.headers["Location"]).json["state"] == "done"
    assert sources(admin, "8888-0001") == ["Registro"]


def job(server: Server, content: str, *, after: int) -> RegisterLoad:
    """A file whose load is stopped after `after` questions whether it may go on."""
    path = server.folder / "lista.csv"
    path.write_text(content)
    asked = iter(range(after))
    rows = read_list(path, kind="csv", limits=Limits())
    actor = Actor(id=1, name="admin", role=Role.ADMIN, team_id=None)
    rules = LineRules.of({"1": "phone"}, "CR")
    stopped = lambda: next(asked, None) is None  # noqa: E731
    return RegisterLoad(server.services.log, actor, rows, rules, name="Registro", cancelled=stopped)


def test_a_load_that_is_stopped_leaves_everything_as_it_was(server: Server, admin: Caller) -> None:
    ids = [contact(admin, f"8888-000{place}") for place in (1, 2)]
    loaded(admin, "88880001\n")
    for after in range(6):
        stopped = job(server, "\n".join(f"8{number:07}" for number in range(8_880_002, 8_880_602)), after=after)
        stopped.begin()
        with pytest.raises(Unavailable):
            stopped.carry_out()
        assert (marked(admin, *ids), sources(admin, "8888-0001")) == ([True, False], ["Registro"])
        assert admin.get("/do-not-call/loads").json[0]["state"] == "failed"
    report = loaded(admin, "88880001\n88880002\n")["report"]
    assert figures(report, "new", "same", "gone") == [1, 1, 0]
    with server.services.storage.read() as connection:
        assert len(connection.execute(select(register_lines.c.key)).all()) == 2, "nothing of the other is left"


def test_a_server_that_died_settles_at_its_next_start_what_was_in_force_and_forgets_the_rest(tmp_path: Path) -> None:
    with open_server(tmp_path) as first:
        admin = first.admin()
        one = contact(admin, "8888-0001")
        load = loaded(admin, "88880001\n")
        with first.services.storage.write() as connection:
            connection.execute(text("UPDATE register_loads SET state = 'marking'"))
            connection.execute(text("UPDATE contacts SET do_not_call = 0"))
        job(first, "88880002\n", after=9).begin()
    with open_server(tmp_path) as second:
        admin = second.sign_in("admin")
        assert marked(admin, one) == [True]
        assert [row["state"] for row in admin.get("/do-not-call/loads").json] == ["failed", "done"]
        assert admin.post(f"/do-not-call/loads/{load['id']}/undo").status_code == 200
        assert marked(admin, one) == [False]


@pytest.mark.parametrize("size", [6_000, pytest.param(1_000_000, marks=pytest.mark.long)])
def test_a_large_file_is_loaded_while_people_save_and_is_taken_back(server: Server, admin: Caller, size: int) -> None:
    mine, free = contact(admin, "8000-0001"), contact(admin, "2222-3333")
    answer = send(admin, "".join(f"8{number:07}\n" for number in range(size)), background="1")
    assert answer.status_code == 202
    saved, seen = 0, [False]
    while admin.get(answer.headers["Location"]).json["state"] == "running":
        assert seen == [False], "nothing of a file shows before all of it does"
        assert edit(admin, free, note=f"nota {saved}").status_code == 200
        seen = marked(admin, mine)
        saved += 1
    server.services.imports.wait()
    report = admin.get(answer.headers["Location"]).json["report"]
    assert figures(report, "rows", "numbers", "new", "contacts_barred") == [size, size, size, 1]
    assert saved > 0
    assert marked(admin, mine, free) == [True, False]
    assert admin.post(f"/do-not-call/loads/{answer.json['id']}/undo").status_code == 200
    assert marked(admin, mine, free) == [False, False]


def test_asking_about_a_line_looks_nothing_else_up_and_a_file_is_walked_by_its_lines(server: Server) -> None:
    now, held = server.clock.now(), select(register_lines.c.key).where(register_lines.c.register_id == 1, shown_at(1))
    page = held.where(register_lines.c.key > "+5").order_by(register_lines.c.key).limit(10)
    for statement in (registered(["+50688880001", "+50688880002"], now), page):
        with server.services.storage.read() as connection:
            written = statement.compile(connection.engine, compile_kwargs={"literal_binds": True})
            plan = [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {written}")]
        assert any(step.startswith("SEARCH register_lines USING PRIMARY KEY") for step in plan), plan
        assert not any("SCAN" in step or "TEMP B-TREE" in step for step in plan), plan
