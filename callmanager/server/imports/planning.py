"""Decides, row by row, which contact a row belongs to and what it changes. Writes nothing and asks no database.

Two contacts are never merged by an import: a row whose numbers lead to several contacts goes to the oldest one of its
first known number, and numbers that another contact bears are not added. Within one list the first row that says
something of a contact counts, so that importing the list again changes nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from callmanager.domain.contacts import EXTRA_FIELDS
from callmanager.domain.dispositions import NEW
from callmanager.domain.errors import Invalid
from callmanager.domain.prohibitions import is_marked
from callmanager.domain.texts import N_
from callmanager.server.changes.write import Record
from callmanager.server.imports.checking import CheckedRow, check_room
from callmanager.server.imports.options import Policy
from callmanager.server.imports.remarks import NUMBER_OF_OTHERS, VALUE_DROPPED

SeesTeam = Callable[[int, int | None], bool]
"""Whether the user of this id may see contacts of this team."""


@dataclass(slots=True, eq=False)
class Target:
    """A contact that rows lead to: one of the database (`record`), or one that the list makes.

    `row` is how it will stand, `fields` what is to be written. `said` names what earlier rows of the list said of it;
    None while no row has led to it. `made` tells that the list made it, `locked` that somebody else holds it.
    """

    row: dict[str, Any]
    record: Record | None = None
    fields: dict[str, Any] = field(default_factory=dict)
    said: frozenset[str] | None = None
    made: bool = False
    id: int | None = None
    locked: bool = False
    marks: Mapping[str, int] | None = None
    """In a dry run, marks of the values that earlier pieces of the list gave it."""

    def says(self, name: str, value: Any) -> bool:
        """Whether this is its value."""
        return mark_of(value) == self.marks[name] if self.marks and name in self.marks else self.row.get(name) == value

    def bears(self, key: str) -> bool:
        return any(phone["key"] == key for phone in self.row["phones"])


class Dropped(NamedTuple):
    """A value of a row that its contact does not take; `code` as in remarks.py."""

    row: int
    target: Target
    code: str
    field: str
    value: str


@dataclass(slots=True)
class Plan:
    """What is to be written for one piece of the list, and how its rows count."""

    made: list[Target] = field(default_factory=list)
    met: dict[int, Target] = field(default_factory=dict)
    refused: list[tuple[int, Invalid]] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    dropped: list[Dropped] = field(default_factory=list)
    led: dict[int, Target] = field(default_factory=dict)
    """The contacts that the doubtful rows led to, by row."""

    @property
    def changed(self) -> list[Target]:
        """Contacts of the database that take something."""
        return [target for target in self.met.values() if target.fields]


@dataclass(frozen=True, slots=True)
class Barred:
    """Lines and people (contacts by id) never to call, and the statuses of those who want no calls."""

    lines: frozenset[str] = frozenset()
    people: frozenset[int] = frozenset()
    statuses: frozenset[str] = frozenset()

    def marks(self, phones: Sequence[Mapping[str, Any]], *, status: str | None, contact_id: int | None = None) -> bool:
        """Whether a contact with these phones is not to be called; `status` is one that it gets now."""
        return is_marked(phones, self.lines, is_person=contact_id in self.people or status in self.statuses)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the planner must know: contacts by number, who is never to be called, and who sees which team."""

    known: dict[str, Target]
    barred: Barred
    sees_team: SeesTeam


def plan_rows(rows: Iterable[CheckedRow], around: Surroundings, policy: Policy, new: Mapping[str, Any]) -> Plan:
    """Plan rows in their order; `new` are values of a new contact that its row does not give."""
    plan = Plan()
    for row in rows:
        target = None if policy is Policy.CREATE else _find_target(row, around)
        if target is None:
            target = _make(plan, row, around, {"status": NEW, **new}, shared=policy is not Policy.CREATE)
        else:
            try:
                plan.counts[_meet(plan, target, row, around, policy)] += 1
            except Invalid as error:
                plan.refused.append((row.number, error))
                continue
        if row.doubts:
            plan.led[row.number] = target
    return plan


def _find_target(row: CheckedRow, around: Surroundings) -> Target | None:
    return next((around.known[key] for key in row.keys if key in around.known), None)


def _make(plan: Plan, row: CheckedRow, around: Surroundings, new: Mapping[str, Any], *, shared: bool) -> Target:
    values = {**new, **row.values, "phones": row.phones, "extra": row.extra}
    values["do_not_call"] = around.barred.marks(row.phones, status=values["status"])
    target = Target(values, fields=values, said=_names(row), made=True)
    plan.made.append(target)
    plan.counts["inserted"] += 1
    if shared:
        around.known.update(dict.fromkeys(row.keys, target))
    return target


def _meet(plan: Plan, target: Target, row: CheckedRow, around: Surroundings, policy: Policy) -> str:
    """Let a contact take what the row says; how the row counts. Raises Invalid when the contact may not take it."""
    first = target.said is None
    if policy is Policy.SKIP and not target.made:
        changed: dict[str, Any] = {}
    else:
        changed = _changes(target, row, around)
        dropped = _dropped(target, row) if target.said else []
        target.row.update(changed)
        target.fields.update(changed)
        if not all(map(target.bears, row.keys)):
            others = [phone for phone in row.phones if not target.bears(phone["key"])]
            plan.counts["numbers_of_others"] += len(others)
            dropped += [Dropped(row.number, target, NUMBER_OF_OTHERS, "phone", one["number"]) for one in others]
        plan.dropped += dropped
    target.said = (target.said or frozenset()) | _names(row)
    if target.id is not None:
        plan.met[target.id] = target
    if not first:
        return "duplicates_merged"
    return "updated" if changed else "unchanged"


def _changes(target: Target, row: CheckedRow, around: Surroundings) -> dict[str, Any]:
    """What the row changes on the contact. This is where a contact refuses a row (Invalid)."""
    said = target.said or frozenset()
    fields = {name: value for name, value in row.values.items() if name not in said and target.row.get(name) != value}
    added = [phone for phone in row.phones if around.known.setdefault(phone["key"], target) is target]
    added = [phone for phone in added if not target.bears(phone["key"])]
    own = _with_labels(target.row["phones"], row.labels, said) if row.labels else target.row["phones"]
    extra = {name: text for name, text in row.extra.items() if f"extra:{name}" not in said}
    try:
        if added or own is not target.row["phones"]:
            check_room(len(own) + len(added))
            fields["phones"] = [*own, *added]
        if any(target.row["extra"].get(name) != text for name, text in extra.items()):
            fields["extra"] = _checked_extra({**target.row["extra"], **extra})
        _check_assignee(target, fields, around)
        _check_lock(target, fields)
    except Invalid:
        for phone in added:
            del around.known[phone["key"]]
        raise
    if fields.keys() & {"phones", "status"}:
        _mark(target, fields, around.barred)
    return fields


def _with_labels(
    phones: list[dict[str, Any]], labels: Mapping[str, str], said: Collection[str]
) -> list[dict[str, Any]]:
    """Phones of a contact with what a row says of their kind; the same list when that is nothing new."""
    new = {key: label for key, label in labels.items() if f"label:{key}" not in said}
    if all(phone["label"] == new.get(phone["key"], phone["label"]) for phone in phones):
        return phones
    return [{**phone, "label": new.get(phone["key"], phone["label"])} for phone in phones]


def _mark(target: Target, fields: dict[str, Any], barred: Barred) -> None:
    status = fields.get("status", target.fields.get("status"))
    mark = barred.marks(fields.get("phones", target.row["phones"]), status=status, contact_id=target.id)
    if mark != target.row["do_not_call"]:
        fields["do_not_call"] = mark


def _dropped(target: Target, row: CheckedRow) -> list[Dropped]:
    """What the row says otherwise than an earlier one. Its contact is as before the row."""
    said, extra = target.said or frozenset(), target.row["extra"]
    fields = [(name, value) for name, value in row.values.items() if name in said and not target.says(name, value)]
    fields += [(name, text) for name, text in row.extra.items() if f"extra:{name}" in said and extra.get(name) != text]
    if row.labels:
        fields += [("phone_label", label) for label in _dropped_labels(target, row.labels, said)]
    return [Dropped(row.number, target, VALUE_DROPPED, name, str(value)) for name, value in fields]


def _dropped_labels(target: Target, labels: Mapping[str, str], said: Collection[str]) -> list[str]:
    told = {phone["key"]: phone["label"] for phone in target.row["phones"]}
    return [
        label for key, label in labels.items() if key not in told or (f"label:{key}" in said and told[key] != label)
    ]


def mark_of(value: Any) -> int:
    """A short mark by which a value is known again within this process."""
    return hash(value) & 0xFFFF_FFFF


def _checked_extra(extra: dict[str, str]) -> dict[str, str]:
    if len(extra) > EXTRA_FIELDS:
        raise Invalid(
            "extra_too_many",
            N_("A contact has at most %(limit)s extra fields."),
            fields={"field": "extra"},
            limit=EXTRA_FIELDS,
        )
    return extra


def _check_assignee(target: Target, fields: Mapping[str, Any], around: Surroundings) -> None:
    """A contact is never moved out of the sight of the person it is assigned to."""
    assignee = target.row.get("assigned_to")
    if "team_id" in fields and assignee is not None and not around.sees_team(assignee, fields["team_id"]):
        raise Invalid(
            "assignee_cannot_see",
            N_("The contact is assigned to somebody who cannot see that team. Assign it to somebody else first."),
            fields={"field": "team_id"},
        )


def _check_lock(target: Target, fields: Mapping[str, Any]) -> None:
    """What somebody works on is not changed under his hands. The row can be brought again later."""
    if target.locked and fields:
        raise Invalid(
            "locked",
            N_("Somebody has this contact open. Import this row again later."),
            fields={"field": "", "id": target.id},
        )


def _names(row: CheckedRow) -> frozenset[str]:
    labels = (f"label:{key}" for key in row.labels)
    return frozenset((*row.values, *(f"extra:{name}" for name in row.extra), *labels))
