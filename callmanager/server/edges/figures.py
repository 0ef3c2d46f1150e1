"""The server's figures in the text format of Prometheus, read at the moment they are asked for."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Iterator
from pathlib import Path

from prometheus_client.core import CollectorRegistry, CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector
from sqlalchemy import func, select

from callmanager import __version__
from callmanager.domain.errors import CallManagerError
from callmanager.server.announcements import LiveCounts
from callmanager.server.edges.counts import UPPER_SECONDS, RequestCounts
from callmanager.server.guests.shares import GuestCounts
from callmanager.server.logs import LogFile
from callmanager.server.services import Services
from callmanager.server.storage.own_file import journal_path
from callmanager.server.storage.tables import log_head, sessions

CONTENT_TYPE = CONTENT_TYPE_PLAIN_0_0_4


def render_figures(services: Services, counts: RequestCounts) -> bytes:
    """All figures, from a registry of their own: nothing of the process that we did not choose."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Figures(services, counts))
    return generate_latest(registry)


class _Figures(Collector):
    def __init__(self, services: Services, counts: RequestCounts) -> None:
        self._services = services
        self._counts = counts

    def collect(self) -> Iterator[Metric]:
        yield GaugeMetricFamily("callmanager_version_info", f"CallManager {__version__} runs.", value=1)
        yield from _request_figures(self._counts)
        yield from _backup_figures(self._services)
        yield from _database_figures(self._services)
        yield from _live_figures(self._services.live_counts)
        yield from _guest_figures(self._services.guests.counts)
        yield _gauge("log_lines_dropped", "Lines that the log could not take.", _dropped_lines())


def _request_figures(counts: RequestCounts) -> Iterator[Metric]:
    requests = CounterMetricFamily(
        "callmanager_requests", "Requests that were answered.", labels=["route", "method", "status"]
    )
    for (route, method, status), count in sorted(counts.statuses().items()):
        requests.add_metric([route, method, str(status)], count)
    yield requests
    durations = HistogramMetricFamily(
        "callmanager_request_seconds", "From the first look at a request to its answer.", labels=["route", "method"]
    )
    for labels, duration in sorted(counts.durations().items()):
        durations.add_metric(labels, _cumulative(duration.within), duration.seconds)
    yield durations


def _cumulative(within: list[int]) -> list[tuple[str, float]]:
    total, buckets = 0, []
    for upper, count in zip((*map(str, UPPER_SECONDS), "+Inf"), within, strict=True):
        total += count
        buckets.append((upper, float(total)))
    return buckets


def _backup_figures(services: Services) -> Iterator[Metric]:
    state = services.backup_routine.state()
    if state.age_seconds is not None:
        yield _gauge("backup_age_seconds", "Age of the last verified backup.", state.age_seconds)
    yield _gauge("backup_alarm", "1 when the last verified backup is late or missing.", state.alarm)
    failed = services.backup_routine.failure is not None
    yield _gauge("backup_failed", "1 when the last attempt at a backup did not succeed.", failed)


def _database_figures(services: Services) -> Iterator[Metric]:
    database = services.database
    yield _gauge("database_bytes", "Size of the database file.", _size(database))
    yield _gauge("database_journal_bytes", "Size of the -wal file.", _size(journal_path(database)))
    yield _gauge("disk_free_bytes", "Free space where the database is.", shutil.disk_usage(database.parent).free)
    yield _gauge("database_writable", "1 when the last try to write succeeded.", _is_writable(services))
    alive = sessions.c.archived_at.is_(None) & (sessions.c.expires_at > services.clock.now())
    with services.storage.read() as connection:
        seq = connection.execute(select(log_head.c.seq)).scalar_one()
        open_sessions = connection.execute(select(func.count()).select_from(sessions).where(alive)).scalar_one()
    yield _gauge("change_seq", "Number of the last change.", seq)
    yield _gauge("sessions", "Sessions that are open.", open_sessions)


def _live_figures(counts: LiveCounts) -> Iterator[Metric]:
    yield _gauge("live_sockets", "Windows that are connected.", counts.sockets)
    yield _gauge("live_streams", "Readers of /events.", counts.streams)
    yield _gauge("live_lag_seconds", "From the last commit that was told to its last message.", counts.lag_seconds)
    yield _counter("live_messages", "Messages sent to windows.", counts.messages)
    yield _counter("live_bytes", "Bytes of messages sent to windows.", counts.bytes)
    yield _counter("live_cut_off", "Connections cut because they took or said nothing.", counts.cut_off)
    yield _counter("live_refused", "Windows that were not let in.", counts.refused)


def _guest_figures(counts: GuestCounts) -> Iterator[Metric]:
    yield _gauge("connections_known", "Connections on which somebody has signed in.", counts.known)
    yield _gauge("connections_strangers", "Connections on which nobody has signed in yet.", counts.strangers)
    yield _gauge("bodies_held", "Requests whose body is kept.", counts.bodies)
    yield _gauge("bodies_bytes_memory", "Bytes of bodies kept in memory.", counts.body_memory)
    yield _gauge("bodies_bytes_disk", "Bytes reserved for bodies in files.", counts.body_bytes)
    yield _gauge("lists_sent", "Lists that are being sent.", counts.streams)
    yield _counter("strangers_dropped", "Connections closed to make room for others.", counts.dropped)
    yield _counter("strangers_turned_away", "Connections that found no room.", counts.turned_away)
    yield _counter("bodies_unread", "Requests refused before their body was read.", counts.unread)
    yield _counter("bodies_too_slow", "Requests given up because they did not come in time.", counts.too_slow)
    yield _counter("bodies_refused", "Requests for whose body there was no room in time.", counts.bodies_refused)
    yield _counter("lists_refused", "Lists refused because too many were being sent.", counts.streams_refused)


def _counter(name: str, text: str, value: float) -> Metric:
    return CounterMetricFamily(f"callmanager_{name}", text, value=float(value))


def _gauge(name: str, text: str, value: float) -> Metric:
    return GaugeMetricFamily(f"callmanager_{name}", text, value=float(value))


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _is_writable(services: Services) -> bool:
    try:
        services.write_probe.check()
    except CallManagerError:
        return False
    return True


def _dropped_lines() -> int:
    handlers = logging.getLogger().handlers
    return sum(handler.dropped for handler in handlers if isinstance(handler, LogFile))
