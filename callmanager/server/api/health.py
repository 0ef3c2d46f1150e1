"""What IT and its monitors look at: whether the server lives and can work, its figures and its settings.

GET /health          public
GET /health/ready    public
GET /metrics         metrics:read, or without credential from the server's own PC
GET /settings        settings:read
"""

from __future__ import annotations

from flask import Response, current_app
from sqlalchemy import select

from callmanager import __version__
from callmanager.domain.clock import to_wire
from callmanager.domain.errors import Unavailable
from callmanager.domain.permissions import Permission
from callmanager.domain.texts import N_
from callmanager.server.api.models import health as m
from callmanager.server.api.models.operations import ShownSettings
from callmanager.server.edges.answers import value_answer
from callmanager.server.edges.callers import is_near
from callmanager.server.edges.counts import COUNTS
from callmanager.server.edges.identity import caller_of
from callmanager.server.edges.problems import said
from callmanager.server.edges.routing import PUBLIC, Call, Routes
from callmanager.server.queries.log_lead import ADVICE, CODE, SEEN, find_lead
from callmanager.server.security.local_pass import CHALLENGE, PROOF, make_proof
from callmanager.server.storage.tables import log_head

routes = Routes("health")


@routes.route_for("GET", "/health", PUBLIC, answers={200: m.Health})
def show_health(call: Call) -> Response:
    """The process answers. It says nothing of the database; see /health/ready."""
    services = call.services
    told = {"status": "ok", "version": __version__, "time": to_wire(services.clock.now())}
    answer = value_answer({**told, "office": services.rules.office.name})
    challenge = call.request.headers.get(CHALLENGE, "")
    if challenge and is_near(caller_of(call.request)):  # a command
        answer.headers[PROOF] = make_proof(services.tokens, challenge)
    return answer


@routes.route_for("GET", "/health/ready", PUBLIC, answers={200: m.Ready}, errors=(503, 507))
def show_ready(call: Call) -> Response:
    """The database can be read just now and could be written seconds ago. 503 or 507 says what is wrong.

    `warnings` names what somebody should look at though the server is ready: a clock that was or is wrong.

    The write is tried by a job and not here, so that asking, which anyone may do as often as he likes, writes nothing.
    """
    services = call.services
    services.storage.check()
    services.write_probe.check()
    with services.storage.read() as connection:
        if connection.execute(select(log_head.c.id)).first() is None:
            raise Unavailable("database_empty", N_("The database has lost its log. Restore a backup."))
        lead = find_lead(connection, services.clock.now())
    if lead is None:
        return value_answer({"status": "ready"})
    detail = " ".join(said(message, lead.params) for message in (SEEN, ADVICE))
    return value_answer({"status": "ready", "warnings": [{"code": CODE, "detail": detail}]})


@routes.route_for("GET", "/settings", Permission.SETTINGS_READ, answers={200: ShownSettings})
def show_settings(call: Call) -> Response:
    """The settings that the server runs with. Of secrets only whether they are set."""
    return value_answer({"settings": call.services.shown_settings()})


@routes.route_for(
    "GET",
    "/metrics",
    Permission.METRICS_READ,
    answers={200: None},
    media={"answer": ("text/plain",)},
    or_local=True,
)
def show_metrics(call: Call) -> Response:
    """Figures in the text format of Prometheus."""
    # prometheus-client takes 40 ms to import; a start does without it.
    from callmanager.server.edges.figures import CONTENT_TYPE, render_figures  # noqa: PLC0415

    return Response(render_figures(call.services, current_app.extensions[COUNTS]), content_type=CONTENT_TYPE)
