"""/asyncapi.json describes every event, and what is really said fits its description."""

from pathlib import Path
from typing import Any

import pytest
from jsonschema_rs import Draft202012Validator

from callmanager.server.realtime.handlers import EVENTS
from callmanager.server.realtime.models import TOLD
from tests.server.live_office import LiveOffice
from tests.web import Web

ROOT = Path(__file__).resolve().parents[2]


def references(node: Any) -> set[str]:
    if isinstance(node, dict):
        here = {node["$ref"]} if isinstance(node.get("$ref"), str) else set()
        return here.union(*map(references, node.values()))
    return set().union(*map(references, node)) if isinstance(node, list) else set()


def test_the_document_names_every_event_and_all_its_references_lead_somewhere(web: Web) -> None:
    document: dict[str, Any] = web.ask(None, "GET", "/asyncapi.json").json
    assert document["asyncapi"].startswith("3.")
    assert set(document["operations"]) == {*EVENTS, *(f"tell_{name}" for name in TOLD)}
    for reference in references(document):
        node: Any = document
        for part in reference.removeprefix("#/").split("/"):
            assert part in node, reference
            node = node[part]
    for name, declared in EVENTS.items():
        assert declared.permission.value in document["operations"][name]["description"]
        assert document["operations"][name]["summary"]


def test_what_is_said_fits_the_document(tmp_path: Path) -> None:
    office = LiveOffice(tmp_path)
    try:
        document = office.ask(None, "GET", "/asyncapi.json").json()
        contact = office.create()
        with office.window("agent-norte") as window:
            answers = [
                ("sync", window.call("sync")),
                ("view_contact", window.call("view_contact", id=contact["id"])),
                ("update_contact", window.call("update_contact", id=contact["id"], version=1, fields={"note": "x"})),
                ("update_contact", window.call("update_contact", id=contact["id"], version=7, fields={"note": "y"})),
            ]
            window.told_of(contact["seq"] + 1)
            window.heard("presence", lambda told: bool(told["contacts"]))
        for event, answer in answers:
            check(document, f"{event}.answered", answer)
        assert {name for name, _payload in window.seen} >= {"changes", "presence"}
        for event, payload in window.seen:
            if event in TOLD:
                check(document, event, payload)
    finally:
        office.close()


def check(document: dict[str, Any], message: str, payload: Any) -> None:
    schema = {**document["components"]["messages"][message]["payload"], "components": document["components"]}
    Draft202012Validator(schema).validate(payload)


@pytest.mark.parametrize("name", sorted({*EVENTS, *TOLD}))
def test_the_page_for_programmers_names_every_event(name: str) -> None:
    assert f"`{name}" in (ROOT / "docs" / "realtime.md").read_text("utf-8")
