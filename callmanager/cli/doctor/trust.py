"""Checks of who can come in: secret, first password, keys, TLS."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from callmanager.cli.doctor.findings import Finding, ok, problem, warning
from callmanager.cli.screen import local_time
from callmanager.domain.errors import CallManagerError
from callmanager.domain.texts import N_
from callmanager.server.actions.first_user import has_first_password
from callmanager.server.process.loop import Certificate, load_encryption
from callmanager.server.security.keys import EXAMPLE_KEYS, is_no_secret
from callmanager.server.security.passwords import Passwords
from callmanager.server.security.secret_file import read_or_create_secret
from callmanager.server.security.tls import days_left, fingerprint, good_from
from callmanager.server.storage.sqlite_reader import SqliteReader
from callmanager.setting_kinds import is_loopback
from callmanager.settings import Settings

SECRET, PASSWORD, KEYS, TLS = N_("Secret"), N_("First password"), N_("Keys of config.py"), N_("Https")
SIGN_IN, COST = N_("Sign-in"), N_("Password hash")
GOOD_COST = 12
RENEW_DAYS = 30


def check_secret(settings: Settings) -> Iterator[Finding]:
    """The file that signs sessions."""
    path = settings.SECRET_FILE
    if not path.exists():
        yield ok("secret", SECRET, N_("%(path)s will be made at the first start."), path=str(path))
        return
    try:
        exposed = read_or_create_secret(path).exposed
    except CallManagerError as error:
        yield problem("secret", SECRET, error.message, N_("Then run `callmanager doctor` again."), **error.params)
        return
    if exposed:
        advice = N_("Run: chmod 600 %(path)s. If somebody may have read it, delete it: everybody signs in again.")
        yield problem("secret", SECRET, N_("Other accounts of this PC can read %(path)s."), advice, path=str(path))
    else:
        yield ok("secret", SECRET, N_("%(path)s, readable by its owner only"), path=str(path))


def check_first_password(settings: Settings) -> Iterator[Finding]:
    """Whether admin still has the documented password. Only for a database that can be read."""
    storage = SqliteReader(settings.DATABASE)
    try:
        still_set = has_first_password(storage, Passwords(cost=settings.BCRYPT_COST))
    finally:
        storage.close()
    if still_set:
        advice = N_("Run: callmanager user set-password admin. Until then 1234 opens only that, and only on this PC.")
        yield warning("first_password", PASSWORD, N_("The user admin still has the first password."), advice)
    else:
        yield ok("first_password", PASSWORD, N_("It was changed."))


def check_keys(settings: Settings) -> Iterator[Finding]:
    """Keys that are written into the settings, and whether anybody is asked for one."""
    if not settings.ENABLE_AUTH:
        advice = N_("Take ENABLE_AUTH = False out of config.py unless you alone use this PC.")
        yield warning("sign_in", SIGN_IN, N_("ENABLE_AUTH is off: whoever uses this PC may do everything."), advice)
    if EXAMPLE_KEYS & settings.AUTH_TOKENS.keys():
        advice = N_("Take it out of AUTH_TOKENS and make a key for each user: callmanager key create.")
        yield warning(
            "example_key", KEYS, N_("The example key of the documents is set. It works on this PC only."), advice
        )
    elif any(map(is_no_secret, settings.AUTH_TOKENS)):
        advice = N_("Make keys with `callmanager key create`: they cannot be guessed and can be revoked one by one.")
        yield warning(
            "short_key",
            KEYS,
            N_("A key of AUTH_TOKENS is short enough to be guessed. It works on this PC only."),
            advice,
        )
    if settings.BCRYPT_COST < GOOD_COST:
        advice = N_("Take BCRYPT_COST out of config.py; passwords that are set from then on are safe again.")
        yield warning(
            "bcrypt_cost",
            COST,
            N_("BCRYPT_COST is %(cost)s; below 12 stolen passwords are soon guessed."),
            advice,
            cost=settings.BCRYPT_COST,
        )


def check_tls(settings: Settings, now: datetime) -> Iterator[Finding]:
    """Certificate and key, and how long they are good."""
    if settings.TLS_CERT is None or settings.TLS_KEY is None:
        yield _plain(settings)
        return
    try:
        load_encryption(Certificate(settings.TLS_CERT, settings.TLS_KEY))
        days, shown = days_left(settings.TLS_CERT, now), fingerprint(settings.TLS_CERT)
        begins = good_from(settings.TLS_CERT)
    except CallManagerError as error:
        yield problem(
            "tls", TLS, error.message, N_("Make new ones with `callmanager tls init --renew`."), **error.params
        )
        return
    advice = N_("Run `callmanager tls init --renew` and start the server again.")
    if begins > now:
        # made while the clock was ahead: no client takes it yet
        seen = N_("The certificate is good from %(at)s only.")
        yield problem("tls", TLS, seen, advice, at=local_time(begins))
    elif days < 0:
        yield problem("tls", TLS, N_("The certificate has expired."), advice)
    elif days < RENEW_DAYS:
        yield warning("tls", TLS, N_("The certificate expires in %(days)s days."), advice, days=days)
    else:
        hint = N_("Fingerprint: %(fingerprint)s")
        yield ok("tls", TLS, N_("The certificate is good for %(days)s days."), hint, days=days, fingerprint=shown)


def _plain(settings: Settings) -> Finding:
    if is_loopback(settings.SERVER_HOST):
        return ok("tls", TLS, N_("Not needed: the server hears this PC only."))
    seen = N_("Passwords and contacts travel readable through the network.")
    return warning("tls", TLS, seen, N_("Run `callmanager tls init` and follow what it says."))
