"""Says what an import would do, without writing anything: every piece is planned on a snapshot that cannot write.

What earlier pieces would have made is remembered in a compact form, so that counts are those of the real import.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import Connection

from callmanager.server.imports.checking import Piece
from callmanager.server.imports.lookups import Seen, look_around
from callmanager.server.imports.options import Policy
from callmanager.server.imports.planning import Plan, Surroundings, Target, mark_of, plan_rows
from callmanager.server.storage.engine import Storage


@dataclass(slots=True)
class Imagined:
    """Contacts that earlier pieces would have made (ids below zero) or changed.

    Of these only numbers with their labels, extra fields, the mark and marks of the values are kept: a further row
    counts as a repeat whatever it says, and what it says otherwise is told.
    """

    seen: Seen = field(default_factory=Seen)
    ids: dict[str, int] = field(default_factory=dict)
    rows: dict[int, str] = field(default_factory=dict)

    def keep(self, plan: Plan) -> None:
        """Remember what a plan would have done."""
        made_ids = range(-len(self.seen.made) - 1, -len(self.seen.made) - len(plan.made) - 1, -1)
        self.seen.keep_all(plan, made_ids)
        for contact_id, target in zip(made_ids, plan.made, strict=True):
            self._keep_row(contact_id, target)
        for contact_id, target in plan.met.items():
            if target.fields or contact_id < 0:
                self._keep_row(contact_id, target)

    def put_over(self, around: Surroundings, keys: Iterable[str]) -> None:
        """Let what is imagined stand where the database would have it by now."""
        targets: dict[int, Target] = {}
        for key, target in around.known.items():
            if target.id in self.rows:
                around.known[key] = self._target(target.id, targets)
        for key in keys:
            if key in self.ids and key not in around.known:
                around.known[key] = self._target(self.ids[key], targets)

    def _keep_row(self, contact_id: int, target: Target) -> None:
        phones = [[phone["key"], phone["label"]] for phone in target.row["phones"]]
        for key, _label in phones:
            self.ids.setdefault(key, contact_id)
        # As a text: what orjson gives keeps the 4 KB that it was written in.
        row, said = target.row, target.said or frozenset()
        marks = {**(target.marks or {}), **{name: mark_of(row[name]) for name in said if name in row}}
        self.rows[contact_id] = orjson.dumps([phones, row["extra"], row["do_not_call"], marks]).decode()

    def _target(self, contact_id: int, targets: dict[int, Target]) -> Target:
        if contact_id not in targets:
            phones, extra, do_not_call, marks = orjson.loads(self.rows[contact_id])
            row = {
                "phones": [{"key": key, "label": label} for key, label in phones],
                "extra": extra,
                "do_not_call": do_not_call,
            }
            made = contact_id in self.seen.made
            targets[contact_id] = Target(row, said=self.seen.said[contact_id], made=made, id=contact_id, marks=marks)
        return targets[contact_id]


def plan_pieces(
    storage: Storage,
    pieces: Iterable[Piece],
    policy: Policy,
    new: dict[str, Any],
    held: Callable[[Connection], Collection[int]],
    *,
    now: datetime,
) -> Iterator[Plan]:
    """What each piece would do; `held` tells which contacts others hold. No transaction stays open between pieces."""
    imagined = Imagined()
    for piece in pieces:
        with storage.read() as connection:
            around = look_around(connection, piece.good, imagined.seen, policy, now=now, held=held(connection))
            if policy is not Policy.CREATE:
                imagined.put_over(around, (key for row in piece.good for key in row.keys))
            plan = plan_rows(piece.good, around, policy, new)
        if policy is not Policy.CREATE:
            imagined.keep(plan)
        yield plan
