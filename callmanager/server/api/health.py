"""Whether the server lives, whether it can work, and its figures.

GET /health          public
GET /health/ready    public
"""

from __future__ import annotations

from flask import Response
from sqlalchemy import select

from callmanager import __version__
from callmanager.domain.clock import to_wire
from callmanager.domain.errors import Unavailable
from callmanager.domain.texts import N_
from callmanager.server.api.edge.answers import value_answer
from callmanager.server.api.edge.routing import PUBLIC, Call, Routes
from callmanager.server.api.models import health as m
from callmanager.server.storage.tables import log_head

routes = Routes("health")


@routes.route_for("GET", "/health", PUBLIC, answers={200: m.Health})
def show_health(call: Call) -> Response:
    """The process answers. It says nothing of the database; see /health/ready."""
    return value_answer({"status": "ok", "version": __version__, "time": to_wire(call.services.clock.now())})


@routes.route_for("GET", "/health/ready", PUBLIC, answers={200: m.Ready}, errors=(503, 507))
def show_ready(call: Call) -> Response:
    """The database can be read just now and could be written seconds ago. 503 or 507 says what is wrong.

    The write is tried by a job and not here, so that asking, which anyone may do as often as he likes, writes nothing.
    """
    services = call.services
    services.write_probe.check()
    with services.storage.read() as connection:
        if connection.execute(select(log_head.c.id)).first() is None:
            raise Unavailable("database_empty", N_("The database has lost its log. Restore a backup."))
    return value_answer({"status": "ready"})
