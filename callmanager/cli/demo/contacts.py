"""Invents contacts and lists of them: always the same ones, and no number twice. Writes nothing."""

from __future__ import annotations

import csv
import io
import random
from collections.abc import Iterator
from typing import Any

from callmanager.cli.demo import words
from callmanager.domain.search_text import fold

COLUMNS = ("Teléfono", "Nombre", "Celular", "Correo", "Empresa", "Notas", "Provincia")
_INVALID_SHARE = 0.02


class Inventor:
    """Makes contacts up from a seed."""

    def __init__(self, seed: int = 2026) -> None:
        self.random = random.Random(seed)  # noqa: S311  # nothing secret is made of it
        self._numbers = self._fictitious()

    def contact(self) -> dict[str, Any]:
        """The fields of a contact, as the API takes them."""
        name = self.name()
        phones = [{"number": number, "label": label} for number, label in self._phones()]
        fields: dict[str, Any] = {"name": name, "phones": phones, "extra": {"Provincia": self.one_of(words.PROVINCES)}}
        if self._is(0.5):
            fields["email"] = self._email(name)
        if self._is(0.2):
            fields["company"] = f"{self.one_of(words.FIRMS)} {self.one_of(words.FIRM_NAMES)}"
        if self._is(0.3):
            fields["note"] = self.one_of(words.FIRST_NOTES)
        return fields

    def sheet(self, rows: int, refused: int) -> bytes:
        """A CSV of `rows` contacts, with `refused` rows between them that no import can take."""
        lines = [self._row(self.contact()) for _ in range(rows)]
        for _ in range(refused):
            line = [self.one_of(words.REFUSED_NUMBERS), self.name(), "", "", "", "", ""]
            lines.insert(self.random.randrange(len(lines)), line)
        out = io.StringIO(newline="")
        writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
        writer.writerows([COLUMNS, *lines])
        return out.getvalue().encode("utf-8-sig")

    def name(self) -> str:
        return f"{self.one_of(words.FIRST_NAMES)} {self.one_of(words.LAST_NAMES)} {self.one_of(words.LAST_NAMES)}"

    def one_of(self, choices: Any) -> Any:
        return self.random.choice(choices)

    def _row(self, fields: dict[str, Any]) -> list[str]:
        numbers = [phone["number"] for phone in fields["phones"]]
        texts = [fields.get(name, "") for name in ("email", "company", "note")]
        return [
            numbers[0],
            fields["name"],
            numbers[1] if len(numbers) > 1 else "",
            *texts,
            fields["extra"]["Provincia"],
        ]

    def _phones(self) -> Iterator[tuple[str, str]]:
        yield self._invalid() if self._is(_INVALID_SHARE) else next(self._numbers), self.one_of(words.LABELS)
        if self._is(0.25):
            yield next(self._numbers), self.one_of(words.LABELS)

    def _fictitious(self) -> Iterator[str]:
        numbers = [(code, last) for code in words.AREA_CODES for last in words.NUMBERS_OF_A_CODE]
        self.random.shuffle(numbers)
        spellings = ("+1 {0}-555-0{1}", "+1 ({0}) 555-0{1}", "001{0}5550{1}", "+1 {0} 555 0{1}")
        for code, last in numbers:
            yield self.one_of(spellings).format(code, last)

    def _invalid(self) -> str:
        pattern: str = self.one_of(words.INVALID_NUMBERS)
        return pattern.format(self.random.randrange(1000), self.random.randrange(1000))

    def _email(self, name: str) -> str:
        first, last, _ = fold(name).split()
        return f"{first}.{last}{self.random.randrange(100)}@example.com"

    def _is(self, share: float) -> bool:
        return self.random.random() < share
