"""The server as a process: from settings to an orderly end. Every way of starting the server is this one function."""

from __future__ import annotations

import socket
import ssl
import sys
import threading
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from typing import Protocol

from callmanager import __version__
from callmanager.domain.clock import SystemClock, to_wire
from callmanager.domain.errors import CallManagerError
from callmanager.domain.texts import N_
from callmanager.domain.withdrawals import told
from callmanager.i18n import sentence
from callmanager.server.app import build_app, build_services
from callmanager.server.asgi import Parts
from callmanager.server.edges.body_limits import build_admit
from callmanager.server.edges.routing import build_hashing
from callmanager.server.hashing import HashingLane
from callmanager.server.jobs import periodic
from callmanager.server.jobs.scheduler import Scheduler
from callmanager.server.logs import get_log, set_up_logs, take_down_logs
from callmanager.server.process.addresses import ALL_ADDRESSES
from callmanager.server.process.announcing import Announced, Announcer
from callmanager.server.process.greeting import Greeting, greet, say
from callmanager.server.process.listening import allow_open_files, bind_listener
from callmanager.server.process.loop import Certificate, load_encryption, run_loop
from callmanager.server.process.offices import check_may_begin, has_office
from callmanager.server.process.ownership import own_database
from callmanager.server.process.self_probe import SelfProbe
from callmanager.server.queries.start_warnings import StartWarning, clock_warnings, register_warnings, start_warnings
from callmanager.server.realtime.events import Events
from callmanager.server.realtime.live import Live
from callmanager.server.realtime.sockets import Sockets
from callmanager.server.services import Services
from callmanager.server.wsgi import FlaskUnderAsgi
from callmanager.settings import Settings

DRAIN_JOBS_SECONDS = 10.0
LAST_BACKUP_WAIT_SECONDS = 30.0
MEGABYTE = 1_048_576

_log = get_log("server")


class Startable(Protocol):
    """What begins when connections are taken."""

    def start(self) -> None: ...


def serve(settings: Settings) -> int:
    """Run the server until it is told to stop. Returns the exit code: 0 after an orderly end, 1 when it cannot start.

    Steps: own the database, listen, open the log, build services and application, run jobs and loop. A signal ends it:
    requests are finished (10 s at most), jobs stopped, a last backup taken, the database closed and given free.
    """
    allow_open_files()
    is_new = not has_office(settings.DATABASE)
    try:
        check_may_begin(settings.DATABASE, settings.backup_folders)
        with (
            own_database(settings.DATABASE, port=settings.SERVER_PORT, now=SystemClock().now()),
            bind_listener(settings.SERVER_HOST, settings.SERVER_PORT) as listener,
            _logging(settings),
        ):
            _run(settings, listener, is_new=is_new)
    except CallManagerError as error:
        say(sentence(error.message, settings.LANGUAGE, error.params), sys.stderr)
        return 1
    return 0


def _run(settings: Settings, listener: socket.socket, *, is_new: bool) -> None:
    encryption = _encryption(settings)
    with _running_services(settings) as services, _threads(settings) as threads, _hashing(settings) as hashing:
        scheduler = Scheduler(periodic.build_jobs(services))
        _log.info("starting", version=__version__, port=settings.SERVER_PORT, jobs=",".join(scheduler.names))
        warnings = _warnings(settings, services, is_new=is_new)
        probe = SelfProbe(_own_address(settings), settings.SERVER_PORT)
        announcement = _announcement(settings)
        live = Live(services)
        sockets = Sockets(live)
        try:
            app = Parts(_web(services, threads, hashing), {"socket.io": sockets, "events": Events(live)})
            on_started = partial(_on_started, settings, warnings, [sockets, scheduler, announcement])
            if sys.platform == "win32":
                probe.start()
            run_loop(app, listener, encryption, book=services.guests, on_started=on_started, on_stopping=live.stop)
        finally:
            scheduler.stop(timeout_seconds=DRAIN_JOBS_SECONDS)
            probe.stop()
            announcement.stop()
            live.close()


@contextmanager
def _logging(settings: Settings) -> Iterator[None]:
    set_up_logs(
        settings.LOG_FILE,
        level=settings.LOG_LEVEL,
        max_bytes=settings.LOG_MAX_MEGABYTES * MEGABYTE,
        kept=settings.LOG_FILES_KEPT,
        console=sys.stderr,
    )
    try:
        yield
    except CallManagerError as error:
        _log.error("not_started", code=error.code, reason=str(error))
        raise
    finally:
        take_down_logs()


@contextmanager
def _running_services(settings: Settings) -> Iterator[Services]:
    """The services; after an orderly end the last backup, and in any case a closed database."""
    services = build_services(settings)
    try:
        yield services
        _write_what_is_in_memory(services)
        _take_last_backup(services)
    finally:
        services.register_turn.stop()
        services.imports.close()
        services.storage.close()
        _log.info("stopped")


@contextmanager
def _threads(settings: Settings) -> Iterator[ThreadPoolExecutor]:
    threads = ThreadPoolExecutor(settings.WORKER_THREADS, thread_name_prefix="request")
    try:
        yield threads
    finally:
        threads.shutdown(wait=False, cancel_futures=True)


@contextmanager
def _hashing(settings: Settings) -> Iterator[HashingLane]:
    lane = HashingLane(build_hashing(), most_waiting=settings.SIGN_INS_WAITING)
    try:
        yield lane
    finally:
        lane.close()


def _web(services: Services, threads: ThreadPoolExecutor, hashing: HashingLane) -> FlaskUnderAsgi:
    return FlaskUnderAsgi(
        build_app(services),
        threads,
        admit=build_admit(services),
        book=services.guests,
        language=services.rules.language,
        hashing=hashing,
    )


def _own_address(settings: Settings) -> str:
    """Where this PC reaches itself."""
    return "127.0.0.1" if settings.SERVER_HOST in ALL_ADDRESSES else settings.SERVER_HOST


def _announcement(settings: Settings) -> Announcer:
    host = settings.SERVER_HOST if settings.ANNOUNCE_ON_NETWORK else "localhost"
    return Announcer(Announced(host, settings.SERVER_PORT, settings.TLS_CERT is not None, __version__))


def _on_started(settings: Settings, warnings: Iterable[StartWarning], parts: Iterable[Startable]) -> None:
    for part in parts:
        part.start()
    # in the language of the settings: reading the catalogue takes a while, so it is not for the loop either
    tell = partial(_tell, settings, warnings)
    threading.Thread(target=tell, name="greeting", daemon=True).start()


def _tell(settings: Settings, warnings: Iterable[StartWarning]) -> None:
    greet(_greeting(settings, warnings))


def _write_what_is_in_memory(services: Services) -> None:
    try:
        periodic.write_key_use(services)
        periodic.note_seen(services)
    except CallManagerError as error:
        _log.error("notes_lost", code=error.code)


def _take_last_backup(services: Services) -> None:
    """An end without a backup is still an end: what went wrong is in the log, and the earlier backups are there."""
    try:
        services.backup_routine.take(wait_seconds=LAST_BACKUP_WAIT_SECONDS)
    except CallManagerError as error:
        _log.error("last_backup_failed", code=error.code, at=to_wire(services.clock.now()))


def _encryption(settings: Settings) -> ssl.SSLContext | None:
    if settings.TLS_CERT is None or settings.TLS_KEY is None:
        return None
    return load_encryption(Certificate(settings.TLS_CERT, settings.TLS_KEY))


def _greeting(settings: Settings, warnings: Iterable[StartWarning]) -> Greeting:
    return Greeting(
        language=settings.LANGUAGE,
        version=__version__,
        office=settings.OFFICE_NAME,
        host=settings.SERVER_HOST,
        port=settings.SERVER_PORT,
        https=settings.TLS_CERT is not None,
        database=settings.DATABASE,
        log_file=settings.LOG_FILE,
        backups=settings.BACKUP_FOLDER,
        warnings=tuple(sentence(warning.message, settings.LANGUAGE, warning.params) for warning in warnings),
    )


def _of_new_office(settings: Settings, services: Services) -> Iterator[StartWarning]:
    yield StartWarning(
        "office_made",
        N_(
            "A new, empty office was made: %(path)s. If you expect contacts here, stop the server and correct the "
            "folder, or DATABASE in config.py."
        ),
        {"path": str(settings.DATABASE)},
    )
    zone = settings.OFFICE_ZONE or f"{services.clock.now().astimezone():%Z %z}"
    yield StartWarning(
        "office_assumed",
        N_(
            "It takes the time zone to be %(zone)s and the country %(region)s. Write OFFICE_NAME, OFFICE_ZONE and "
            "DEFAULT_REGION into config.py and start again to change that."
        ),
        {"zone": zone, "region": settings.DEFAULT_REGION},
    )


def _warnings(settings: Settings, services: Services, *, is_new: bool) -> list[StartWarning]:
    """What IT should know of this start; each is a line of the log too."""
    made = [*_of_new_office(settings, services)] if is_new else []
    found = made + start_warnings(services.storage, configured=settings.AUTH_TOKENS, auth_required=settings.ENABLE_AUTH)
    found += clock_warnings(services.storage, services.clock.now())
    found += register_warnings(services.storage, services.clock.now())
    if settings.TLS_CERT is None and settings.SERVER_HOST in ALL_ADDRESSES:
        message = N_("Without TLS, passwords and contacts travel readable through the network. See DEPLOYMENT.md.")
        found.append(StartWarning("no_tls", message))
    if services.withdrawn:
        found.append(StartWarning("withdrawn_again", N_("A backup was put back. Done again of what it undid:")))
    found += [StartWarning("withdrawn_again", message, params) for message, params in told(services.withdrawn)]
    for warning in found:
        _log.warning(warning.code, **warning.params)
    return found
