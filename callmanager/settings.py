"""The table of settings: name, kind, default, help and secrecy of each, and how a start obtains their values.

Command line over environment (CALLMANAGER_*) over .env over config.py over default. Nothing else keeps a default.
"""

# ruff: noqa: RUF009  # each row of the table is a dataclass field made by _row
from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import Field, dataclass, field, fields
from pathlib import Path
from typing import Any

from callmanager.domain.texts import N_
from callmanager.setting_kinds import (
    Kind,
    Row,
    calling_hours,
    dates,
    file_name,
    flag,
    host,
    is_loopback,
    keys,
    networks,
    number,
    one_of,
    optional_file_name,
    region,
    short_text,
    time_zone,
    words,
)
from callmanager.setting_sources import Written, parsed_value, read_written, setting_error

SECTIONS = {
    "office": "La oficina",
    "access": "Quién entra",
    "network": "Red",
    "data": "Datos",
    "backups": "Copias de seguridad",
    "limits": "Límites",
    "log": "Registro",
}
"""Sections of config.py and of docs/settings.md, in their order, with their Spanish title."""


def _row(section: str, default: object, kind: Kind, help_: str, help_es: str, *, secret: bool = False) -> Any:
    return field(repr=not secret, metadata={"row": Row(section, default, kind, help_, help_es, secret)})


@dataclass(frozen=True, kw_only=True, slots=True)
class Settings:
    """Every setting with its checked value. Files and folders are absolute; an optional one that is not set is None."""

    OFFICE_NAME: str = _row(
        "office",
        "",
        short_text(80),
        "Name of the office, in the title of the agents' windows. Whoever reaches the server can read it (/health).",
        "Nombre de la oficina, en el título de las ventanas. Lo puede leer quien llega al servidor (/health).",
    )
    OFFICE_ZONE: str = _row(
        "office",
        "",
        time_zone(),
        'Time zone of the office, such as "America/Costa_Rica": its days, and the hours of numbers that tell no zone. '
        'With "" it is that of this PC.',
        'Huso horario de la oficina, por ejemplo "America/Costa_Rica"; con "" es el de este PC.',
    )
    OFFICE_HOURS: str = _row(
        "office",
        "",
        calling_hours(),
        "Calling hours, at the contact's own time, of contacts without a campaign and of campaigns without hours of "
        'their own; with "" always. A day that is not named is closed.',
        'Horario para llamar si la campaña no tiene el suyo: "lun-vie 08:00-12:00 13:00-18:00, sab 09:00-13:00".',
    )
    OFFICE_HOLIDAYS: tuple[str, ...] = _row(
        "office",
        [],
        dates(),
        "Days on which these contacts are not called.",
        'Días en que no se llama a esos contactos, por ejemplo ["2026-12-25", "2027-01-01"].',
    )
    CALL_GAP_MINUTES: int = _row(
        "office",
        60,
        number(0, 1440),
        "For so many minutes after a call to a contact or number, calling either again asks first; 0 never asks.",
        "Minutos tras una llamada en que volver a llamar al mismo contacto o número pregunta antes; 0 no pregunta.",
    )
    CALLS_IN_ALL: int = _row(
        "office",
        6,
        number(0, 100),
        "Calls of one campaign to a line without reaching anybody, after which the next one asks first; 0 never asks.",
        "Llamadas de una campaña a una línea sin hablar con nadie, tras las que la siguiente pregunta antes; 0 no "
        "pregunta.",
    )
    CALLS_PER_DAY: int = _row(
        "office",
        0,
        number(0, 100),
        "Most calls of one campaign to a line in a day, at the contact's own time; 0 for no limit.",
        "Máximo de llamadas de una campaña a una línea en un día, a la hora del contacto; 0 para no limitar.",
    )
    CALLS_PER_ROLLING_DAY: int = _row(
        "office",
        0,
        number(0, 100),
        "Most calls of one campaign to a line within any 24 hours; 0 for no limit.",
        "Máximo de llamadas de una campaña a una línea en 24 horas seguidas; 0 para no limitar.",
    )
    CALLS_PER_LINE_AND_DAY: int = _row(
        "office",
        0,
        number(0, 100),
        "Most calls of all campaigns together to a line in a day; 0 for no limit.",
        "Máximo de llamadas de todas las campañas juntas a una línea en un día; 0 para no limitar.",
    )
    REST_DAYS_AFTER_NO: int = _row(
        "office",
        0,
        number(0, 3650),
        "For so many days after somebody said no only a manager may call that person; 0 for no limit.",
        "Días tras un no de la persona en que solo puede llamarla un jefe de proyecto; 0 para no limitar.",
    )
    CALLBACKS_PASS_LIMITS: bool = _row(
        "office",
        False,
        flag(),
        "Let a call that the person asked for, once it is due, pass the three limits of a day.",
        "Que una llamada que pidió la persona, llegada su hora, pase los tres límites de un día.",
    )
    ENABLE_AUTH: bool = _row(
        "access",
        True,
        flag(),
        "Ask for a user or a key. False is accepted only when SERVER_HOST is this PC itself.",
        "Pedir usuario o clave. False se acepta solo si SERVER_HOST es este mismo PC.",
    )
    AUTH_TOKENS: dict[str, str] = _row(
        "access",
        [],
        keys(),
        'Allowed keys besides those given to users: ["key"], or {"key": "user"} to say whose it is.',
        'Claves permitidas además de las de cada usuario: ["clave"], o {"clave": "usuario"}.',
        secret=True,
    )
    SECRET_FILE: Path = _row(
        "access",
        "secret.key",
        file_name(),
        "File of the secret that signs sessions; made at the first start, readable by its owner only.",
        "Archivo del secreto que firma las sesiones; se crea en el primer arranque.",
    )
    TOKEN_HOURS: int = _row(
        "access",
        24,
        number(1, 720),
        "Hours that a session lasts.",
        "Horas que dura una sesión.",
    )
    BCRYPT_COST: int = _row(
        "access",
        12,
        number(4, 15),
        "Cost of the password hash; each step doubles the time of a guess. Below 12 `doctor` warns.",
        "Coste de cifrar contraseñas; cada paso dobla el tiempo. Por debajo de 12 `doctor` avisa.",
    )
    SERVER_HOST: str = _row(
        "network",
        "0.0.0.0",  # noqa: S104  # the documented default: the office network
        host(),
        'Address where the server listens: "0.0.0.0" for the whole network, "127.0.0.1" for this PC only.',
        'Dirección donde escucha: "0.0.0.0" para toda la red, "127.0.0.1" solo para este PC.',
    )
    SERVER_PORT: int = _row(
        "network",
        5000,
        number(1, 65535),
        "Port of the server. If it is busy, write another such as 5001, here and in each client.",
        "Puerto del servidor. Si está ocupado, escriba otro, por ejemplo 5001, aquí y en cada PC.",
    )
    ANNOUNCE_ON_NETWORK: bool = _row(
        "network",
        True,
        flag(),
        "Let the agents' windows find this server on the office network; never done when only this PC may come in.",
        "Dejar que las ventanas encuentren este servidor en la red; nunca si solo escucha en este mismo PC.",
    )
    TLS_CERT: Path | None = _row(
        "network",
        "",
        optional_file_name(),
        "Certificate (PEM) for https; `callmanager tls init` makes one. Goes with TLS_KEY.",
        "Certificado (PEM) para https; lo crea `callmanager tls init`. Va junto con TLS_KEY.",
    )
    TLS_KEY: Path | None = _row(
        "network",
        "",
        optional_file_name(),
        "Private key (PEM) of the certificate.",
        "Clave privada (PEM) del certificado.",
    )
    ALLOWED_HOSTS: tuple[str, ...] = _row(
        "network",
        [],
        words(),
        "Other names of the server, besides this PC's own and its addresses, such as calls.office.lan.",
        "Otros nombres del servidor, además del de este PC y de sus direcciones, por ejemplo llamadas.oficina.lan.",
    )
    ALLOWED_ORIGINS: tuple[str, ...] = _row(
        "network",
        [],
        words(),
        "Other web sites whose pages may use the server, such as https://intranet.example.",
        "Otros sitios web cuyas páginas pueden usar el servidor, por ejemplo https://intranet.example.",
    )
    TRUSTED_PROXIES: tuple[str, ...] = _row(
        "network",
        [],
        networks(),
        "Addresses of proxies in front of the server; only theirs are believed about who asks.",
        "Direcciones de los proxies delante del servidor; solo a ellos se les cree quién pregunta.",
    )
    WORKER_THREADS: int = _row(
        "network",
        8,
        number(1, 64),
        "Requests worked on at the same time.",
        "Peticiones que se atienden a la vez.",
    )
    SIGN_INS_WAITING: int = _row(
        "network",
        120,
        number(4, 10_000),
        "Sign-ins that may wait for their turn at the same time; who comes then is asked to try again shortly.",
        "Inicios de sesión que pueden esperar su turno a la vez; a quien llega después se le pide que repita pronto.",
    )
    DATABASE: Path = _row(
        "data",
        "contacts.db",
        file_name(),
        "File of the database, on a disk of this PC (never on a network folder).",
        "Archivo de la base de datos, en un disco de este PC (nunca en una carpeta de red).",
    )
    DEFAULT_REGION: str = _row(
        "data",
        "CR",
        region(),
        "Country of phone numbers that are written without one.",
        "País de los teléfonos escritos sin prefijo internacional.",
    )
    LANGUAGE: str = _row(
        "data",
        "es",
        one_of("es", "en"),
        "Language of messages for callers that do not ask for one.",
        "Idioma de los mensajes si quien llama no pide otro.",
    )
    BACKUP_INTERVAL_MINUTES: int = _row(
        "backups",
        30,
        number(1, 1440),
        "Minutes between backups; one more is taken when the server stops.",
        "Minutos entre copias; se hace otra al parar el servidor.",
    )
    BACKUP_FOLDER: Path = _row(
        "backups",
        "backups",
        file_name(),
        "Folder of the backups.",
        "Carpeta de las copias.",
    )
    BACKUP_SECOND_FOLDER: Path | None = _row(
        "backups",
        "",
        optional_file_name(),
        "A second folder for each backup, on another disk or PC.",
        'Una segunda carpeta para cada copia, en otro disco u otro PC, por ejemplo "D:/copias".',
    )
    BACKUP_KEEP_HOURS: int = _row(
        "backups",
        24,
        number(1, 8760),
        "Hours for which every backup is kept.",
        "Horas durante las que se guardan todas las copias.",
    )
    BACKUP_KEEP_DAYS: int = _row(
        "backups",
        7,
        number(0, 3650),
        "Days for which the last backup of each day is kept.",
        "Días de los que se guarda la última copia.",
    )
    BACKUP_KEEP_WEEKS: int = _row(
        "backups",
        5,
        number(0, 520),
        "Weeks for which the last backup of each week is kept.",
        "Semanas de las que se guarda la última copia.",
    )
    LOGIN_PER_MINUTE: int = _row(
        "limits",
        10,
        number(1, 1000),
        "Attempts to sign in per minute, from one address and for one user.",
        "Intentos de entrar por minuto, desde una dirección y para un usuario.",
    )
    IMPORT_PER_MINUTE: int = _row(
        "limits",
        10,
        number(1, 1000),
        "Imports per minute and user.",
        "Importaciones por minuto y usuario.",
    )
    REQUESTS_PER_MINUTE: int = _row(
        "limits",
        6000,
        number(0, 1_000_000),
        "Other requests per minute and user; 0 for no limit.",
        "Demás peticiones por minuto y usuario; 0 para no limitar.",
    )
    MAX_BODY_MEGABYTES: int = _row(
        "limits",
        2,
        number(1, 100),
        "Largest request, other than an import.",
        "Tamaño máximo de una petición que no sea una importación.",
    )
    MAX_IMPORT_MEGABYTES: int = _row(
        "limits",
        64,
        number(1, 1024),
        "Largest file to import.",
        "Tamaño máximo de un archivo para importar.",
    )
    MAX_IMPORT_ROWS: int = _row(
        "limits",
        1_000_000,
        number(1, 10_000_000),
        "Most rows in one import.",
        "Número máximo de filas de una importación.",
    )
    MAX_CONNECTIONS: int = _row(
        "limits",
        5_000,
        number(20, 100_000),
        "Connections at the same time, those of windows included; fewer where the system grants fewer open files.",
        "Conexiones a la vez, con las de las ventanas; menos si el sistema concede menos archivos abiertos.",
    )
    MAX_STRANGERS: int = _row(
        "limits",
        1_000,
        number(10, 50_000),
        "Of those, connections on which nobody has signed in yet; when full, the one waited for longest is closed.",
        "De ellas, las que todavía no han entrado; si se llena, se cierra la que más tiempo lleva sin decir nada.",
    )
    MAX_STRANGERS_PER_ADDRESS: int = _row(
        "limits",
        250,
        number(5, 50_000),
        "Of those, from one address; where somebody is signed in, and for a proxy of TRUSTED_PROXIES, all of them.",
        "De esas, desde una dirección; donde ya entró alguien, y para un proxy de TRUSTED_PROXIES, todas.",
    )
    STRANGER_SECONDS: int = _row(
        "limits",
        20,
        number(1, 600),
        "Seconds within which a request must have come whole as long as nobody has signed in.",
        "Segundos en que debe llegar entera una petición de quien no ha entrado.",
    )
    SLOWEST_BYTES_PER_SECOND: int = _row(
        "limits",
        1_000,
        number(1, 1_000_000),
        "Who sends a request or takes an answer slower than this for half a minute is disconnected.",
        "A quien envía una petición o recibe una respuesta más despacio durante medio minuto se le desconecta.",
    )
    MAX_BODIES_MEGABYTES: int = _row(
        "limits",
        512,
        number(64, 100_000),
        "Requests that are being received, together; they lie in a file on disk, and more wait their turn.",
        "Peticiones que se están recibiendo, en total; están en un archivo en disco, y las demás esperan su turno.",
    )
    MAX_STREAMS: int = _row(
        "limits",
        64,
        number(1, 10_000),
        "Lists and exports that are being sent at the same time.",
        "Listas y exportaciones que se envían a la vez.",
    )
    MAX_STREAMS_PER_USER: int = _row(
        "limits",
        8,
        number(1, 10_000),
        "Of those, for one user.",
        "De ellas, para un usuario.",
    )
    LOG_FILE: Path = _row(
        "log",
        "callmanager.log",
        file_name(),
        "File of the log.",
        "Archivo del registro.",
    )
    LOG_LEVEL: str = _row(
        "log",
        "info",
        one_of("debug", "info", "warning", "error"),
        "Least severe lines that are written.",
        "Gravedad mínima de lo que se escribe: debug, info, warning o error.",
    )
    LOG_MAX_MEGABYTES: int = _row(
        "log",
        10,
        number(1, 1000),
        "Size at which the log starts a new file.",
        "Tamaño con el que el registro empieza otro archivo.",
    )
    LOG_FILES_KEPT: int = _row(
        "log",
        5,
        number(1, 100),
        "Older log files that are kept.",
        "Archivos de registro antiguos que se guardan.",
    )

    @property
    def backup_folders(self) -> tuple[Path, ...]:
        """Where backups lie: the folder, and the second one where there is one."""
        return tuple(folder for folder in (self.BACKUP_FOLDER, self.BACKUP_SECOND_FOLDER) if folder is not None)

    def shown(self) -> dict[str, object]:
        """Every setting as plain values for people; of a secret only whether it is set."""
        return {name: self._shown(name, row) for name, row in TABLE.items()}

    def _shown(self, name: str, row: Row) -> object:
        value = getattr(self, name)
        if row.secret:
            return "***" if value else ""
        return str(value) if isinstance(value, Path) else list(value) if isinstance(value, tuple) else value


def _row_of(entry: Field[Any]) -> Row:
    row: Row = entry.metadata["row"]
    return row


TABLE: Mapping[str, Row] = {entry.name: _row_of(entry) for entry in fields(Settings)}
"""Every setting by name, in the order of config.py."""


def load_settings(
    home: Path, overrides: Mapping[str, object] | None = None, environ: Mapping[str, str] = os.environ
) -> Settings:
    """The settings of a start in the folder `home`; `overrides` come from the command line (None = not given).

    Raises SettingsError for what is unknown, wrong or impossible together.
    """
    values: dict[str, Any] = {}
    written = {name: Written(name, row.default, "default") for name, row in TABLE.items()}
    for entry in [*written.values(), *read_written(TABLE, home, overrides or {}, environ)]:
        written[entry.name] = entry
        values[entry.name] = parsed_value(TABLE[entry.name], entry, home)
    values["DATABASE"] = _followed(values["DATABASE"])
    _check_places(values, written)
    settings = Settings(**values)
    _check_together(settings, written)
    return settings


def _followed(database: Path) -> Path:
    """The file that a link leads to: SQLite keeps its journal beside that one, and there is one lock for both names."""
    return database.resolve() if database.is_symlink() else database


def _check_places(values: Mapping[str, Any], written: Mapping[str, Written]) -> None:
    """A setting that names a file does not name a folder, nor the other way round.

    But for the log, which never keeps a server from starting: `doctor` finds that out.
    """
    for name, value in values.items():
        if not isinstance(value, Path) or name == "LOG_FILE":
            continue
        if name.endswith("FOLDER"):
            if value.is_file():
                message = N_("%(place)s: %(name)s must name a folder, and %(read)s is a file.")
                raise setting_error("setting_names_file", message, written[name], read=str(value))
        elif value.is_dir():
            message = N_("%(place)s: %(name)s must name a file, and %(read)s is a folder.")
            raise setting_error("setting_names_folder", message, written[name], read=str(value))


def _check_together(settings: Settings, written: Mapping[str, Written]) -> None:
    if not settings.ENABLE_AUTH and not is_loopback(settings.SERVER_HOST):
        message = N_(
            '%(place)s: ENABLE_AUTH = False needs SERVER_HOST = "127.0.0.1"; it is %(read)s. '
            "Otherwise anyone on the network could read and change everything."
        )
        raise setting_error("auth_needs_loopback", message, written["ENABLE_AUTH"], read=settings.SERVER_HOST)
    if (settings.TLS_CERT is None) != (settings.TLS_KEY is None):
        entry = written["TLS_CERT" if settings.TLS_CERT else "TLS_KEY"]
        missing = "TLS_KEY" if settings.TLS_CERT else "TLS_CERT"
        raise setting_error("tls_needs_both", N_("%(place)s: %(name)s also needs %(nearest)s."), entry, nearest=missing)
