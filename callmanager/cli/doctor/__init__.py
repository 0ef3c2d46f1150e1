"""`callmanager doctor`: looks at this PC, the settings and the data, and says what to do."""

from callmanager.cli.doctor.command import doctor

__all__ = ["doctor"]
