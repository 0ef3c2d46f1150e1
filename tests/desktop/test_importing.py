"""The import wizard without a display, against a real server."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from callmanager.desktop.models.importing.figures import list_figures, list_reasons, say_reason
from callmanager.desktop.models.importing.wizard import Step
from callmanager.desktop.sync_events import Heard
from tests.desktop.conftest import LiveOffice
from tests.desktop.list_desk import open_desks
from tests.desktop.lists_at_work import SAMPLES, ListsDesk

Desks = Callable[..., ListsDesk]
# Of another country than the sample's, so that each test finds its numbers free.
LIST = """telefono,nombre,zona
+34 611 000 001,Ana,norte
+34 611 000 002,Luis,sur
12,Mal,este
,Sin,oeste
+34 611 000 001,Ana B,norte
"""


LONG_SECONDS = 120.0


def ids_of(office: LiveOffice) -> set[int]:
    return {row["id"] for row in office.boss.ask("GET", "/contacts").body}


def newest(office: LiveOffice) -> int:
    """The number of the last change."""
    seq: int = office.boss.list_changes(since=0, limit=1)[0][0]["seq"]
    return seq


@pytest.fixture
def desk(office: LiveOffice, tmp_path: Path) -> Iterator[Desks]:
    with open_desks(ListsDesk, office, tmp_path, "manager") as make:
        yield make


@pytest.fixture
def small(tmp_path: Path) -> Path:
    path = tmp_path / "lista de enero.csv"
    path.write_text(LIST, "utf-8")
    return path


def test_the_sample_of_costa_rica_comes_in_with_its_figures_and_goes_again(office: LiveOffice, desk: Desks) -> None:
    boss = desk()
    boss.choose(SAMPLES / "contactos_cr.csv")
    assert boss.importing.mapping is not None
    assert boss.importing.mapping.targets == {"phone": "phone", "name": "name", "status": "status", "note": "note"}
    before, seq = len(ids_of(office)), newest(office)
    boss.reach(Step.CHECK)
    report = boss.importing.report
    assert report is not None
    assert (report["inserted"], report["duplicates_merged"], report["rejected"]) == (5000, 200, 0)
    lines = {line.label: line.number for line in list_figures(report, boss.tools.speech, is_dry=True)}
    assert (lines["New contacts"], lines["Rows in all"]) == ("5,000", "5,200")
    assert newest(office) == seq, "a check changes nothing"
    boss.importing.go_on()
    boss.until(lambda: boss.importing.record is not None and not boss.importing.is_busy, LONG_SECONDS)
    assert boss.importing.record is not None
    assert (boss.importing.record["state"], boss.importing.record["inserted"]) == ("done", 5000)
    assert boss.said == ["contactos_cr.csv is imported: 5,000 new contacts, 0 rows not taken."]
    boss.until(lambda: boss.list.total == before + 5000)
    boss.importing.undo(boss.importing.record["import_id"], "contactos_cr.csv")
    boss.until(lambda: not boss.importing.is_busy, LONG_SECONDS)
    assert boss.importing.record["state"] == "undone"
    assert boss.said[1:] == ["contactos_cr.csv is undone: 5,000 contacts went back."]
    boss.until(lambda: boss.list.total == before)


def test_rows_that_cannot_be_taken_are_told_in_words_and_saved(desk: Desks, small: Path, tmp_path: Path) -> None:
    boss = desk()
    record = boss.bring(small)
    assert (record["inserted"], record["duplicates_merged"], record["rejected"]) == (2, 1, 2)
    reasons = [say_reason(reason, boss.tools.speech) for reason in list_reasons(record)]
    assert sorted(reasons)[0].startswith("Row 4: ")
    target = tmp_path / boss.importing.rejected.suggest_name(record["file_name"])
    assert target.name == "lista de enero - rows not taken.csv"
    boss.importing.rejected.save(record["import_id"], target)
    boss.until(lambda: len(boss.said) == 2)
    assert boss.said[1] == f"The rows that were not taken are in {target}."
    assert target.read_text("utf-8-sig").count("\n") == 3
    assert "Mal" in target.read_text("utf-8-sig")
    boss.importing.rejected.save(record["import_id"], tmp_path / "no" / "hay.csv")
    boss.until(lambda: len(boss.said) == 3)
    assert "cannot be written" in boss.said[2]


def test_columns_that_nobody_recognises_can_be_said_saved_and_used_again(desk: Desks, tmp_path: Path) -> None:
    boss = desk()
    path = tmp_path / "rara.csv"
    path.write_text("cosa,otra\nAna,azul\n", "utf-8")
    boss.choose(path)
    mapping = boss.importing.mapping
    assert mapping is not None
    boss.importing.go_on()
    assert boss.importing.problem is not None
    assert boss.importing.problem.code == "mapping_no_phone"
    boss.importing.put_column("cosa", "name")
    boss.importing.put_column("otra", "name")
    boss.importing.put_column("otra", "phone")
    boss.importing.save_mapping("Lista rara")
    boss.until(lambda: [name for _id, name in boss.importing.saved.choices] == ["Lista rara"])
    boss.importing.put_column("otra", "skip")
    boss.importing.apply_saved(boss.importing.saved.choices[0][0])
    assert mapping.targets == {"cosa": "name", "otra": "phone"}
    assert [name for _target, name in mapping.choices("otra")][:4] == [
        "Do not import",
        "Phone",
        "Another phone: otra",
        "Name",
    ]
    boss.importing.saved.drop(boss.importing.saved.choices[0][0])
    boss.until(lambda: not boss.importing.saved.choices)


def test_two_columns_for_one_field_are_refused_before_anything_is_sent(desk: Desks, small: Path) -> None:
    boss = desk()
    boss.choose(small)
    boss.importing.put_column("zona", "name")
    boss.importing.go_on()
    assert boss.importing.problem is not None
    assert boss.tools.speech.explain(boss.importing.problem) == "Two columns go to Name. Choose one of them."
    assert not boss.importing.is_busy


def test_another_decision_makes_the_check_out_of_date(desk: Desks, small: Path) -> None:
    boss = desk()
    boss.choose(small)
    boss.reach(Step.CHECK)
    assert boss.importing.report is not None
    boss.importing.options.put("policy", "create")
    assert boss.importing.report is None
    boss.importing.go_on()
    boss.until(lambda: boss.importing.report is not None)
    assert boss.importing.report["inserted"] == 3, "every row is a contact"
    assert boss.importing.step is Step.CHECK


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("no hay.csv", None, "file_not_found"),
        ("vacia.csv", b"", "file_empty"),
        ("vieja.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "file_old_excel"),
        ("agenda.vcf", b"BEGIN:VCARD\nFN:Ana\nEND:VCARD\n", "file_vcard"),
        ("lista.zip", b"PK\x05\x06" + bytes(18), "file_not_workbook"),
        ("rota.json", b"[{", "file_json"),
        ("nul.csv", b"telefono\n8888\0\n", "file_nul"),
    ],
)
def test_what_is_wrong_with_a_file_is_said(
    desk: Desks, tmp_path: Path, name: str, content: bytes | None, code: str
) -> None:
    boss = desk()
    if content is not None:
        (tmp_path / name).write_bytes(content)
    boss.importing.type_path(f'"{tmp_path / name}"')
    boss.importing.go_on()
    boss.rest()
    assert boss.importing.step is Step.FILE
    assert boss.importing.problem is not None
    assert boss.importing.problem.code == code
    assert boss.tools.speech.explain(boss.importing.problem)


def test_sending_can_be_stopped_and_nothing_is_read(desk: Desks, tmp_path: Path) -> None:
    boss = desk()
    path = tmp_path / "grande.csv"
    path.write_bytes(b"telefono,nota\n" + b"88110001," + b"x" * 30_000_000 + b"\n")
    boss.importing.type_path(str(path))
    boss.importing.go_on()
    boss.until(lambda: boss.importing.sending.share is not None)
    assert "30.0 MB" in boss.importing.line_text
    boss.importing.sending.stop()
    assert not boss.importing.is_busy
    for _ in range(20):
        boss.bus.drain()
    assert (boss.importing.step, boss.importing.preview, boss.importing.problem) == (Step.FILE, None, None)


def test_an_import_can_be_cancelled_and_undone(desk: Desks, tmp_path: Path) -> None:
    boss = desk()
    path = tmp_path / "larga.csv"
    path.write_text("telefono,nombre\n" + "".join(f"+3462{n:07},P{n}\n" for n in range(12_000)), "utf-8")
    boss.choose(path)
    boss.reach(Step.CHECK)
    boss.importing.go_on()
    boss.until(lambda: boss.importing.follower.is_running)
    assert boss.importing.line_text.startswith("larga.csv: ")
    boss.importing.follower.cancel()
    boss.until(lambda: boss.importing.record is not None)
    record = boss.importing.record
    assert record is not None
    assert record["state"] == "cancelled"
    assert 0 <= record["total"] < 12_000
    boss.importing.undo(record["import_id"], record["file_name"])
    boss.until(lambda: (boss.importing.record or {}).get("state") == "undone")
    boss.importing.earlier.refresh()
    boss.until(lambda: boss.importing.earlier.lines and boss.importing.earlier.lines[0].state == "Undone")
    line = boss.importing.earlier.lines[0]
    assert (line.name, line.who, line.can_undo) == ("larga.csv", "manager", False)


def test_an_undo_of_what_is_undone_is_refused_in_words(desk: Desks, small: Path) -> None:
    boss = desk()
    record = boss.bring(small)
    boss.importing.undo(record["import_id"], "x")
    boss.rest()
    boss.said.clear()
    boss.importing.follower._undo_keys.clear()  # as another window would ask
    boss.importing.undo(record["import_id"], "x")
    boss.until(lambda: boss.said)
    assert boss.importing.problem is not None
    assert not boss.importing.is_busy


def test_progress_is_also_taken_from_what_the_server_tells(desk: Desks) -> None:
    boss = desk()
    boss.importing.follower.follow(10**6, "import", "lejos.csv")
    told = {"import_id": 10**6, "doing": "import", "state": "running", "progress": [2000, 8000]}
    boss.importing.hear(Heard("import_progress", told))
    assert boss.importing.line_text == "lejos.csv: 25 %"
    boss.importing.hear(Heard("import_progress", {**told, "import_id": 7, "progress": [1, 2]}))
    assert boss.importing.follower.percent == 25
    boss.until(lambda: not boss.importing.is_busy)
    assert boss.importing.problem is not None, "there is no such import"


def test_an_import_begun_elsewhere_is_followed_here(desk: Desks, tmp_path: Path) -> None:
    first, second = desk(), desk()
    path = tmp_path / "otra.csv"
    path.write_text("telefono\n" + "".join(f"+3463{n:07}\n" for n in range(12_000)), "utf-8")
    first.choose(path)
    first.reach(Step.CHECK)
    first.importing.go_on()
    first.until(lambda: first.importing.follower.is_running)
    second.importing.open()
    second.until(lambda: second.importing.follower.is_running)
    assert (second.importing.follower.name, second.importing.step) == ("otra.csv", Step.RUN)
    first.importing.follower.cancel()
    second.until(lambda: second.importing.record is not None)
    assert second.importing.record is not None
    assert second.importing.record["state"] == "cancelled"
    first.rest()
