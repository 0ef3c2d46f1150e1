"""The core: one append-only log that every write goes through, and its readers history, feed, undo and audit."""
