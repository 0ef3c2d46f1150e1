"""Folders of a server with so many contacts in them, made through the write door; each row gets a copy of its own."""

from __future__ import annotations

import random
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from callmanager.domain.people import Actor
from callmanager.server.actions.contact_fields import check_phones
from callmanager.server.app import build_services
from callmanager.server.changes.entities import API_KEY, CONTACT, USER
from callmanager.server.security.keys import new_key
from callmanager.server.services import Services
from callmanager.settings import load_settings

BATCH = 1_000
SETTINGS: dict[str, object] = {"BCRYPT_COST": 4, "REQUESTS_PER_MINUTE": 0, "SERVER_HOST": "127.0.0.1"}
"""Cheap passwords and no limit of requests: neither is what is measured here."""

_FIRST = ("Álvaro", "Lucía", "Miguel", "Valeria", "Ana", "Beto", "Carmen", "Diego", "Elena", "María José", "Íñigo")
_LAST = ("Campos", "Castro", "Ulloa", "Durán", "Leiva", "Gutiérrez", "Vargas", "Soto", "Muñoz", "Núñez", "Rojas")
_COMPANY = ("", "", "", "Ferretería El Roble", "Clínica Santa Fe", "Café Tarrazú", "Transportes del Sur")
_NOTE = ("", "", "llamar por la tarde", "prefiere WhatsApp", "pidió precios de la póliza anual, volver a llamar")


class Offices:
    """Makes each size once, in `folder`, and hands out copies."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @contextmanager
    def copy(self, contacts: int, name: str = "copy") -> Iterator[Path]:
        """A folder with a database of `contacts` contacts and the text of an administrator's key in `key`."""
        source = self._folder / f"office-{contacts}"
        if not (source / "key").exists():
            make_office(source, contacts)
        copy = self._folder / name
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(source, copy)
        try:
            yield copy
        finally:
            shutil.rmtree(copy, ignore_errors=True)

    @contextmanager
    def empty(self) -> Iterator[Path]:
        """A folder in which no server has been."""
        folder = self._folder / "empty"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def open_services(folder: Path) -> Iterator[Services]:
    """The parts of a server on `folder`, in this process."""
    services = build_services(load_settings(folder, SETTINGS, {}))
    try:
        yield services
    finally:
        services.storage.close()


def make_office(folder: Path, contacts: int) -> None:
    """A database of `contacts` contacts, and a key."""
    folder.mkdir(parents=True, exist_ok=True)
    with open_services(folder) as services:
        actor = services.identities.by_username("admin").actor
        source = given_contacts(contacts)
        for start in range(0, contacts, BATCH):
            rows = [_columns(next(source)) for _ in range(min(BATCH, contacts - start))]
            with services.log.write(actor, "cli", bulk=True) as tx:  # of no import: undoing one leaves them alone
                tx.insert_many(CONTACT, rows)
        key = _add_key(services, actor)
    (folder / "key").write_text(key)


def given_contacts(count: int) -> Iterator[dict[str, Any]]:
    """Contacts as an office's list has them, the same in every run: `phone`, `name`, `email`, `company`, `note`."""
    dice = random.Random(1)
    for number in range(count):
        first, last, other = dice.choice(_FIRST), dice.choice(_LAST), dice.choice(_LAST)
        yield {
            "phone": f"{dice.choice('678')}{number + 1_000_000:07d}",
            "name": f"{first} {last} {other}",
            "email": f"cliente{number}@example.com" if number % 3 == 0 else "",
            "company": dice.choice(_COMPANY),
            "note": dice.choice(_NOTE),
        }


def _columns(given: dict[str, Any]) -> dict[str, Any]:
    phone = given.pop("phone")
    return {**given, "phones": check_phones([phone], "CR"), "status": "SIN_GESTIONAR"}


def _add_key(services: Services, actor: Actor) -> str:
    key = new_key()
    with services.log.write(actor, "cli") as tx:
        tx.insert(API_KEY, {"user_id": actor.id, "label": "bench", "public_id": key.public_id, "digest": key.digest})
        tx.update(tx.get(USER, actor.id), must_change_password=False)
    return key.text
