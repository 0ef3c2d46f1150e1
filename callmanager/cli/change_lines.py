"""A change of the log as one line for people: when, who, what, which fields. Values never move a terminal's cursor."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from callmanager.cli.screen import on_the_wall
from callmanager.cli.spoken import say
from callmanager.domain.clock import from_wire
from callmanager.domain.contact_fields import FIELDS
from callmanager.domain.texts import N_

VALUE_LENGTH = 40
FIELDS_SHOWN = 6

_SENTENCES = {
    "created": N_("%(who)s added %(what)s"),
    "updated": N_("%(who)s changed %(what)s"),
    "deleted": N_("%(who)s deleted %(what)s"),
    "restored": N_("%(who)s brought back %(what)s"),
}
_ENTITIES = {
    "contact": N_("contact"),
    "agent_state": N_("state of a person"),
    "take_over": N_("take-over of a lock"),
    "campaign": N_("campaign"),
    "team": N_("team"),
    "user": N_("user"),
    "api_key": N_("API key"),
    "session": N_("session"),
    "import": N_("import"),
    "import_mapping": N_("column mapping"),
    "export": N_("export"),
    "do_not_call": N_("do-not-call entry"),
    "register": N_("do-not-call register"),
    "register_load": N_("file of a do-not-call register"),
    "call": N_("call"),
    "callback": N_("callback"),
}
_FIELDS = {
    **{field.name: field.label for field in FIELDS},
    "active": N_("Active"),
    "calling_hours": N_("Calling hours"),
    "role": N_("Role"),
}


def change_line(change: Mapping[str, Any], name: str) -> str:
    """`10:53:31  ana changed contact 17 (Luis Mora): status: new → done`, in the language of this run."""
    at = on_the_wall(from_wire(change["at"])).strftime("%H:%M:%S")
    who = _shown(change["actor"]["name"])
    sentence = say(_SENTENCES.get(change["kind"], _SENTENCES["updated"]), who=who, what=_what(change, name))
    fields = "; ".join(_field_texts(change)) if change["kind"] == "updated" else ""
    via = "" if change["origin"] in ("desktop", "api", "console") else f" [{change['origin']}]"
    return f"{at}  {sentence}{via}{': ' if fields else ''}{fields}"


def _what(change: Mapping[str, Any], name: str) -> str:
    entity = str(change["entity"])
    what = f"{say(_ENTITIES[entity]) if entity in _ENTITIES else entity} {change['record_id']}"
    return f"{what} ({_shown(name)})" if name else what


def _field_texts(change: Mapping[str, Any]) -> list[str]:
    pairs = list(change["fields"].items())
    texts = [
        f"{say(_FIELDS[field]).lower() if field in _FIELDS else field}: {_shown(old)} → {_shown(new)}"
        for field, (old, new) in pairs[:FIELDS_SHOWN]
    ]
    return [*texts, "…"] if len(pairs) > FIELDS_SHOWN else texts


def _shown(value: Any) -> str:
    """A value on one line, short, without anything that a terminal would obey."""
    if value is None or value in ("", [], {}):
        return "∅"
    if isinstance(value, bool):
        return say("yes") if value else say("no")
    if isinstance(value, list):
        value = ", ".join(str(item.get("number", "")) if isinstance(item, Mapping) else str(item) for item in value)
    elif isinstance(value, Mapping):
        value = ", ".join(f"{key}={item}" for key, item in value.items())
    text = "".join(letter if letter.isprintable() else " " for letter in str(value))
    return text if len(text) <= VALUE_LENGTH else f"{text[: VALUE_LENGTH - 1]}…"
