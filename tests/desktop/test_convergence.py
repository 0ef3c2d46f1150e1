"""Whatever is lost, doubled, reordered or cut on the way, the replica ends equal to the server, byte for byte."""

from __future__ import annotations

import random
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from callmanager.desktop.store import Replica
from callmanager.desktop.store.contact_rows import ContactView
from callmanager.desktop.sync import SILENCE_SECONDS, Sync
from callmanager.desktop.sync_events import Status
from callmanager.domain.errors import Unavailable
from tests.desktop.fake_server import FakeClock, FakeServer, canonical

IDS = st.integers(1, 6)
DOWN = Unavailable("server_unreachable", "down")
PAGE = 2
"""So small that every catching up takes several pages."""


class OneReplica(RuleBasedStateMachine):
    """A server that changes, a network that misbehaves, and one client."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.server, self.clock = FakeServer(), FakeClock()
        self.on_the_way: list[tuple[Any, Any]] = []
        self.sent = self.server.seq
        self.open_client()

    def open_client(self) -> None:
        self.replica = Replica(Path(self.folder.name) / "replica.db")
        spread = random.Random(7).uniform
        self.sync = Sync(
            self.server,
            self.replica,
            self.clock,
            lambda _event: None,
            monotonic=self.clock.monotonic,
            spread=spread,
            page_limit=PAGE,
        )

    def teardown(self) -> None:
        try:
            self.all_is_well_again()
        finally:
            self.replica.close()
            self.folder.cleanup()

    @rule(contact_id=IDS, name=st.sampled_from(["Ana", "Luz", "Óscar", ""]))
    def somebody_edits(self, contact_id: int, name: str) -> None:
        self.server.put(contact_id, name=name)

    @rule(contact_id=IDS)
    def somebody_deletes(self, contact_id: int) -> None:
        self.server.drop(contact_id)

    @rule()
    def a_backup_is_restored(self) -> None:
        self.server.restore_backup()
        self.sent = self.server.seq

    @rule()
    def what_the_user_sees_changes(self) -> None:
        self.server.sight += 1
        self.server.seq += 1

    @rule(times=st.integers(0, 2))
    def the_server_tells(self, times: int) -> None:
        """Once as it should be, twice, or never."""
        message = self.server.message(min(self.sent, self.server.seq))
        self.sent = self.server.seq
        for link in self.server.links[-1:]:
            self.on_the_way += [(link, message)] * times

    @rule(data=st.data())
    def a_message_arrives(self, data: st.DataObject) -> None:
        """Any of those on the way: order is not kept."""
        if self.on_the_way:
            link, message = self.on_the_way.pop(data.draw(st.integers(0, len(self.on_the_way) - 1)))
            link.deliver("changes", message)
            self.sync.step()

    @rule()
    def a_heartbeat_arrives(self) -> None:
        for link in self.server.links[-1:]:
            link.deliver("heartbeat", {"epoch": self.server.epoch, "seq": self.server.seq})
            self.sync.step()

    @rule()
    def the_connection_breaks(self) -> None:
        for link in self.server.links[-1:]:
            link.deliver("closed", None)
            link.is_open = False
            self.sync.step()

    @rule(has_socket=st.booleans(), down=st.booleans())
    def the_network_changes(self, has_socket: bool, down: bool) -> None:
        self.server.has_socket, self.server.failure = has_socket, DOWN if down else None

    @rule(contact_id=IDS, fails=st.booleans())
    def the_next_page_meets_work(self, contact_id: int, fails: bool) -> None:
        """Something happens between two pages: an edit, and perhaps the end of the network."""

        def meanwhile() -> None:
            self.server.before_page = lambda: None
            self.server.put(contact_id, name="between pages")
            self.server.failure = DOWN if fails else None

        self.server.before_page = meanwhile

    @rule(seconds=st.sampled_from([0.1, 1.0, 6.0, SILENCE_SECONDS]))
    def time_passes(self, seconds: float) -> None:
        self.clock.seconds += seconds
        self.sync.step()

    @rule()
    def the_program_is_started_anew(self) -> None:
        self.sync.close()
        self.replica.close()
        self.open_client()

    @rule()
    def all_is_well_again(self) -> None:
        """The promise: a working network and one heartbeat are enough."""
        self.server.has_socket, self.server.failure, self.server.before_page = True, None, lambda: None
        for _ in range(30):
            self.clock.seconds += 6.0
            self.sync.step()
        self.a_heartbeat_arrives()
        for _ in range(3):
            self.clock.seconds += 2.0
            self.sync.step()
        assert self.sync.status is Status.LIVE
        assert self.replica.position is not None
        assert (self.replica.position.epoch, self.replica.position.seq) == (self.server.epoch, self.server.seq)
        assert canonical(self.replica.list_records("contact")) == self.server.canonical()

    @invariant()
    def the_index_of_words_fits_the_contacts(self) -> None:
        for name in ("Ana", "Óscar", "between"):
            found = {row["id"] for row in self.replica.list_contacts(ContactView(text=name))}
            assert found == {row["id"] for row in self.replica.list_records("contact") if name in row["name"]}


TestOneReplica = OneReplica.TestCase
TestOneReplica.settings = settings(
    max_examples=150,
    stateful_step_count=40,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
