"""A field of a contact is a row of one table: everything else follows from it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from callmanager.domain.contact_fields import EDITABLE, FIELDS, FieldKind, with_empty_fields
from callmanager.server.actions.contact_fields import CHECKS
from tests.live_server import ROOT, environment

PROGRAM = "tests.end_to_end.new_field_program"
PLACES = {
    *("api", "openapi", "check", "history", "watch", "search", "merge"),
    *("import", "wizard", "export", "card", "list"),
}


def test_a_field_added_to_the_table_is_found_everywhere(tmp_path: Path) -> None:
    command = [sys.executable, "-W", "error", "-m", PROGRAM, str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, env=environment(), capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1]) == dict.fromkeys(PLACES, True)


def test_a_field_that_people_edit_cannot_be_without_a_check() -> None:
    assert {field.kind for field in FIELDS if field.is_editable} <= CHECKS.keys()
    assert EDITABLE


def test_every_kind_of_text_has_a_bound() -> None:
    texts = (FieldKind.TEXT, FieldKind.LINES, FieldKind.EMAIL)
    assert [field.name for field in FIELDS if field.is_editable and field.kind in texts and not field.length] == []


def test_a_contact_that_an_older_program_wrote_has_the_newer_fields_empty() -> None:
    old = {"id": 3, "name": "Ana", "phones": [{"number": "1"}]}
    assert with_empty_fields(old) == {**{field.name: field.empty for field in FIELDS}, **old}
