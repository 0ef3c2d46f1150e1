"""Where a client stands.

sync   sync:read
"""

from __future__ import annotations

from callmanager.domain.permissions import Permission
from callmanager.domain.protocol import PROTOCOL
from callmanager.server.changes.log import read_head
from callmanager.server.queries.agents import list_agents
from callmanager.server.realtime import models as m
from callmanager.server.realtime.registry import Answer, Asked, event


@event("sync", Permission.SYNC_READ, m.SyncAsked, answer=m.SyncAnswer)
def answer_sync(asked: Asked, body: m.SyncAsked) -> Answer:
    """Say whether to pull, and who is there in what state. Messages go on from that `seq`, or from an earlier one."""
    seq = asked.live.broadcaster.seq  # before the head is read: what is committed in between is told later
    with asked.services.storage.read() as connection:
        head = read_head(connection)
        agents = list_agents(connection, asked.actor)
    who = asked.who
    same_sight = body.seq >= who.sight_seq if body.sight is None else body.sight == who.sight_seq
    snapshot = body.epoch != head.epoch or body.seq > head.seq or not same_sight
    return {
        "epoch": head.epoch,
        "seq": seq,
        "sight": who.sight_seq,
        "pull": not snapshot and body.seq < seq,
        "snapshot": snapshot,
        "presence": asked.live.presence.report(who.sight),
        "agents": agents,
        "protocol": PROTOCOL,
    }
