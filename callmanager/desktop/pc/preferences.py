"""The file of a user's preferences on this PC: one small JSON without secrets, of which little is lost if it is."""

from __future__ import annotations

import contextlib
import json
import os
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from callmanager.domain.errors import Unavailable
from callmanager.domain.texts import N_

FILE_NAME = "preferences.json"
DAMAGED_SUFFIX = ".damaged"


class PreferenceFile:
    """`read` once at the start; `write` adds to what is there. Safe to use from several threads."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE_NAME
        self._turn = threading.Lock()

    def read(self) -> dict[str, Any]:
        """All values by name. A file that is missing counts as empty; a damaged one is set aside first."""
        try:
            found = json.loads(self._path.read_text("utf-8"))
        except OSError:
            return {}
        except ValueError:
            found = None
        if isinstance(found, dict):
            return found
        with contextlib.suppress(OSError):
            self._path.replace(self._path.with_name(FILE_NAME + DAMAGED_SUFFIX))
        return {}

    def write(self, values: Mapping[str, Any]) -> None:
        """Put `values` in place of those of the same names, whole or not at all. Raises Unavailable."""
        with self._turn:
            try:
                self._replace(json.dumps({**self.read(), **values}, ensure_ascii=False, indent=1))
            except OSError as error:
                raise Unavailable(
                    "preferences_not_saved",
                    N_("Your preferences could not be saved in %(folder)s. Check the space on the disk."),
                    folder=str(self._path.parent),
                ) from error

    def _replace(self, text: str) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        fresh = self._path.with_suffix(".new")
        with fresh.open("w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(self._path)
