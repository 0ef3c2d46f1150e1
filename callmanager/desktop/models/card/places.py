"""Where the fields of a contact stand: on the card to be read, in its form, in the form of a new contact.

A field that is named nowhere here stands before the last: nothing that people may edit is out of their sight.
"""

from __future__ import annotations

from callmanager.domain.contact_fields import BY_NAME, EDITABLE


def _placed(*names: str, elsewhere: tuple[str, ...] = ()) -> tuple[str, ...]:
    others = tuple(name for name in EDITABLE if name not in (*names, *elsewhere))
    return (*names[:-1], *others, names[-1])


READ = _placed(
    *("phones", "email", "company", "note", "next_call_at", "last_called_at", "zone"),
    *("campaign_id", "assigned_to", "team_id"),
    "extra",
    elsewhere=("name", "status"),  # in the head of the card
)
EDITED = _placed(
    *("name", "phones", "note", "status", "next_call_at", "company", "email", "zone"),
    *("assigned_to", "campaign_id", "team_id"),
    "extra",
)
NEW = ("phone", "name", "company", "email", "note")


def label_of(name: str) -> str:
    """The msgid of a field's name; what is no field of a contact bears its own."""
    return BY_NAME[name].label if name in BY_NAME else name
