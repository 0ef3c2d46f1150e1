"""What tables.py cannot say: the log refuses changes to itself, and SQLite indexes words by trigrams."""

from __future__ import annotations

SQLITE = (
    """CREATE TRIGGER changes_refuse_update BEFORE UPDATE ON changes
       BEGIN SELECT RAISE(ABORT, 'the change log is append-only'); END""",
    """CREATE TRIGGER changes_refuse_delete BEFORE DELETE ON changes
       BEGIN SELECT RAISE(ABORT, 'the change log is append-only'); END""",
    """CREATE VIRTUAL TABLE contact_fts USING fts5(
       text, content='contact_search', content_rowid='contact_id', tokenize='trigram')""",
    """CREATE TRIGGER contact_search_insert AFTER INSERT ON contact_search
       BEGIN INSERT INTO contact_fts(rowid, text) VALUES (new.contact_id, new.text); END""",
    """CREATE TRIGGER contact_search_delete AFTER DELETE ON contact_search
       BEGIN INSERT INTO contact_fts(contact_fts, rowid, text) VALUES ('delete', old.contact_id, old.text); END""",
    """CREATE TRIGGER contact_search_update AFTER UPDATE OF text ON contact_search
       BEGIN INSERT INTO contact_fts(contact_fts, rowid, text) VALUES ('delete', old.contact_id, old.text);
             INSERT INTO contact_fts(rowid, text) VALUES (new.contact_id, new.text); END""",
)

POSTGRESQL = (
    """CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS
       $$ BEGIN RAISE EXCEPTION 'the change log is append-only'; END $$""",
    """CREATE TRIGGER changes_refuse_update BEFORE UPDATE OR DELETE OR TRUNCATE ON changes
       FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()""",
)

STATEMENTS = {"sqlite": SQLITE, "postgresql": POSTGRESQL}
