"""Following the server: a replica kept equal to it (`following`), or its log told line by line (`watching`)."""

from callmanager.desktop.sync.following import GAP_SECONDS, PAGE_LIMIT, SILENCE_SECONDS, Sync

__all__ = ["GAP_SECONDS", "PAGE_LIMIT", "SILENCE_SECONDS", "Sync"]
