"""`callmanager demo`: an office to look at, with invented people, in a folder of its own."""

from callmanager.cli.demo.command import demo

__all__ = ["demo"]
