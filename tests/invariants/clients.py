"""A program that follows the feed: a snapshot, then what changed, page by page. It must end up with what is there."""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from typing import Any

import orjson
from sqlalchemy import Connection

from callmanager.domain.people import Actor
from callmanager.domain.permissions import Visibility, visibility
from callmanager.server.changes.feed import Viewer, read_changes, read_snapshot
from callmanager.server.changes.log import read_head

Held = dict[str, dict[int, dict[str, Any]]]


@dataclass
class FeedClient:
    """What one viewer's program holds."""

    actor: Actor
    limit: int
    epoch: str = ""
    since: int = 0
    held: Held = field(default_factory=dict)

    def load(self, connection: Connection) -> None:
        """Start from nothing."""
        self.held, self.since = {}, 0
        self.epoch = read_head(connection).epoch
        self._take(orjson.loads(read_snapshot(connection, self._viewer(), limit=self.limit)), connection)
        self.follow(connection)

    def follow(self, connection: Connection) -> None:
        """Take every page there is."""
        while self._take(self._page(connection), connection):
            continue

    def earlier(self) -> FeedClient:
        """The same program as it is now, to be woken later."""
        return copy.deepcopy(self)

    def _page(self, connection: Connection) -> dict[str, Any]:
        page: dict[str, Any] = orjson.loads(
            read_changes(
                connection, self._viewer(), epoch=self.epoch, since=self.since, limit=self.limit, sight_seq=None
            )
        )
        assert page["from"] == self.since
        return page

    def _take(self, page: dict[str, Any], connection: Connection) -> bool:
        assert page["to"] >= self.since
        assert page["to"] > self.since or not page["has_more"], "a page that leads nowhere"
        assert page["head"]["seq"] == read_head(connection).seq
        for kind, ids in page["deleted"].items():
            for number in ids:
                self.held.setdefault(kind, {}).pop(number, None)
        for kind, rows in page["records"].items():
            for row in rows:
                check_seen(visibility(self.actor), kind, row)
                self.held.setdefault(kind, {})[row["id"]] = row
        self.since = page["to"]
        return bool(page["has_more"])

    def _viewer(self) -> Viewer:
        return Viewer(visibility(self.actor), 0)


def check_seen(sight: Visibility, kind: str, row: dict[str, Any]) -> None:
    """No record beyond the viewer's scope is ever in an answer, nor more of a colleague than everyone may know."""
    if kind in ("contact", "campaign"):
        assert sight.covers_team(row["team_id"]), f"{kind} {row['id']} leaked"
    if kind == "user":
        assert not {"email", "password_hash", "must_change_password"} & row.keys()
