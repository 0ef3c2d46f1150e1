"""Brings lists of contacts in: rows are checked, matched with contacts, written in batches, and undone by one call.

`runs.run_import` is the way in; `checking` makes a row ready, `planning` decides what becomes of it, `dry_runs` does
the same without writing, `undoing` takes an import back. Knows no HTTP.
"""
