"""What IT and its monitors look at.

GET /settings    settings:read
GET /metrics     metrics:read, or without credential from the server's own PC
"""

from __future__ import annotations

from flask import Response, current_app

from callmanager.domain.permissions import Permission
from callmanager.server.api.edge.answers import value_answer
from callmanager.server.api.edge.counts import COUNTS
from callmanager.server.api.edge.routing import Call, Routes
from callmanager.server.api.models import operations as m

routes = Routes("operations")


@routes.route_for("GET", "/settings", Permission.SETTINGS_READ, answers={200: m.ShownSettings})
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
    from callmanager.server.api.edge.figures import CONTENT_TYPE, render_figures  # noqa: PLC0415

    return Response(render_figures(call.services, current_app.extensions[COUNTS]), content_type=CONTENT_TYPE)
