"""Statuses that managers have made: named, coloured and offered in the window as the program's own are."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from callmanager.desktop import theme
from callmanager.desktop.models.listing.statuses import Statuses, looks_like
from callmanager.desktop.speech import Speech
from callmanager.domain.dispositions import DEFAULTS, NEW, STATUSES, Disposition, Finality
from tests.desktop.calling_desk import CallingDesk, desks
from tests.desktop.conftest import LiveOffice

OWN: dict[str, Any] = {"code": "PIDE_VISITA", "name": "Pide visita", "contact": True, "positive": True, "position": 50}


def offered(desk: CallingDesk) -> set[str]:
    return {code for code, _name in desk.card.now.names.choices("status")}


def filtered_by(desk: CallingDesk) -> dict[str, str]:
    """What the filter of the list offers."""
    return dict(desk.list.names.statuses.choices(desk.tools.speech, chosen=desk.list.view.status))


def test_a_status_of_the_managers_is_named_coloured_and_offered_until_it_is_out_of_use(
    office: LiveOffice, tmp_path: Path
) -> None:
    boss = office.boss
    with desks(office, tmp_path) as sit_down:
        desk = sit_down("eva")
        contact = office.create(phone="8866-0001", name="Con visita")
        made = boss.ask("POST", "/dispositions", body=OWN).body
        boss.ask("PATCH", f"/contacts/{contact['id']}", body={"status": OWN["code"]}, version=contact["version"])
        desk.until(lambda: OWN["code"] in offered(desk) and OWN["code"] in filtered_by(desk))
        desk.list.filter(status=OWN["code"])
        desk.until(lambda: not desk.list.is_waiting and desk.list.count == 1)
        (row,) = desk.list.fetch(0, 10)
        assert (row.cells["status"], row.mark) == ("Pide visita", "INTERESADO")
        names = desk.card.now.names
        assert (names.value("status", OWN["code"]), names.mark(OWN["code"])) == ("Pide visita", "INTERESADO")
        desk.list.save_view("Visitas")
        boss.ask("PATCH", f"/dispositions/{made['id']}", body={"active": False}, version=made["version"])
        desk.until(lambda: OWN["code"] not in offered(desk))
        assert filtered_by(desk)[OWN["code"]] == "Pide visita"
        assert desk.list.fetch(0, 10)[0].cells["status"] == "Pide visita"
        desk.list.clear()
        desk.until(lambda: OWN["code"] not in filtered_by(desk))
        desk.list.apply_view("Visitas")
        assert filtered_by(desk)[OWN["code"]] == "Pide visita"


def test_the_programs_own_are_named_in_both_languages_unless_managers_named_them() -> None:
    given = [{**one.columns(), "id": number} for number, one in enumerate(DEFAULTS)]
    given[1]["name"] = "Nadie"
    statuses = Statuses(given)
    assert statuses.name("VENTA", Speech("en")) == "Sale"
    assert statuses.name("VENTA", Speech("es")) == "Venta"
    assert {statuses.name("NC", Speech(language)) for language in ("en", "es")} == {"Nadie"}
    assert statuses.name("DE_UN_SERVIDOR_NUEVO", Speech("es")) == "DE_UN_SERVIDOR_NUEVO"
    assert [code for code, _name in statuses.choices(Speech("es"))] == list(STATUSES)


def test_before_the_first_sync_the_programs_own_are_there() -> None:
    assert Statuses(()).choices(Speech("en"), chosen="RARA")[-1] == ("RARA", "RARA")
    assert len(Statuses(()).choices(Speech("en"))) == len(STATUSES)


@pytest.mark.parametrize(
    ("flags", "like"),
    [
        ({"positive": True, "sale": True, "final": Finality.ALWAYS}, "INTERESADO"),
        ({"final": Finality.CAMPAIGN}, "NO_INTERESADO"),
        ({"number_mark": "wrong"}, "NO_INTERESADO"),
        ({"callback": "required"}, "VOLVER_A_LLAMAR"),
        ({"retry": {"delays": [60], "most": 2}}, "NC"),
        ({}, NEW),
    ],
)
def test_a_status_of_the_managers_has_the_colour_of_what_means_the_same(flags: dict[str, Any], like: str) -> None:
    assert looks_like({**Disposition("PROPIA", 20).columns(), **flags}) == like
    assert like in theme.STATUS_COLOURS
