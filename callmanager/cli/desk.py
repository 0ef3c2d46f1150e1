"""What every command gets: the folder it works in, its settings, and the door to the data."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from callmanager.cli.doors import Door, open_door
from callmanager.server.process.offices import require_office
from callmanager.settings import Settings, load_settings


@dataclass
class Desk:
    """Where a command works: the folder of config.py, and its settings once somebody asks for them."""

    home: Path
    overrides: dict[str, object] = field(default_factory=dict)

    @cached_property
    def settings(self) -> Settings:
        """The settings of the folder. Raises SettingsError."""
        return load_settings(self.home, self.overrides)

    def require_office(self) -> None:
        """Raises NotFound where there is no office: told before anything is asked or made."""
        require_office(self.settings.DATABASE, self.settings.backup_folders)

    def open_door(self) -> AbstractContextManager[Door]:
        """The way to the data, beside a running server or without one."""
        return open_door(self.settings)
