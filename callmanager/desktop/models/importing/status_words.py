"""The words of a list that are no statuses here, and which status the user says that each of them means. No network."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from callmanager.desktop.models.listing.cells import show_number
from callmanager.desktop.models.listing.statuses import Statuses
from callmanager.desktop.speech import Speech
from callmanager.desktop.store import Replica
from callmanager.domain.texts import N_

MOST_SHOWN = 8


@dataclass(frozen=True, slots=True)
class WordLine:
    """A word with its heading; `status` is None while it means none."""

    word: str
    text: str
    status: str | None


class StatusWords:
    """Words are found by a check of the list, and stay in sight after they were given a meaning."""

    def __init__(self, replica: Replica, speech: Speech) -> None:
        self._replica, self._speech = replica, speech
        self._rows: dict[str, int] = {}
        self.meanings: dict[str, str] = {}
        """By word, as the API takes them."""

    def forget(self) -> None:
        """It is another file."""
        self._rows, self.meanings = {}, {}

    def take(self, report: Mapping[str, Any]) -> None:
        """What a check found. Of an earlier one those stay that were given a meaning, which are not found again."""
        given = {word: rows for word, rows in self._rows.items() if word in self.meanings}
        self._rows = given | {one["word"]: one["rows"] for one in report.get("status_words", ())}

    def remember(self, meanings: Mapping[str, str]) -> None:
        """The meanings of a saved mapping."""
        self.meanings.update(meanings)

    def put(self, word: str, status: str | None) -> None:
        """Say what a word means; None: nothing here."""
        self.meanings.pop(word, None)
        if status is not None:
            self.meanings[word] = status

    @property
    def lines(self) -> list[WordLine]:
        """The most frequent words of this list."""
        most = sorted(self._rows, key=lambda word: -self._rows[word])[:MOST_SHOWN]
        return [WordLine(word, self._text(word), self.meanings.get(word)) for word in most]

    @property
    def more(self) -> int:
        """How many there are besides."""
        return max(0, len(self._rows) - MOST_SHOWN)

    def choices(self) -> list[tuple[str | None, str]]:
        """What a word can mean."""
        none = self._speech.say(N_("None: keep the word in a field of its own"))
        return [(None, none), *Statuses.of(self._replica).choices(self._speech)]

    def _text(self, word: str) -> str:
        rows = show_number(self._rows[word], self._speech)
        return self._speech.say(N_("“%(word)s” (rows: %(count)s) means"), word=word, count=rows)
