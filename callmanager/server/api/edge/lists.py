"""Reads a list of contacts from a request: JSON, CSV, a workbook, or one of them as `file` of a form."""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO
from typing import Any

from flask import Request

from callmanager.domain.contacts import clean_text
from callmanager.domain.errors import Invalid
from callmanager.domain.texts import N_
from callmanager.server.lists.reading import read_list
from callmanager.server.lists.rows import Kind, Limits, RowSource
from callmanager.server.services import Rules

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_FORM = "multipart/form-data"
_KINDS: dict[str, Kind] = {"application/json": "json", "text/csv": "csv", "application/csv": "csv", XLSX: "xlsx"}

# Any row is taken: one that is no object, or holds no phone, is reported with its number and stops no other.
_ROWS = {"type": "array", "items": {}, "examples": [[{"phone": "+506 8312 3456", "name": "Ana Mora"}]]}
_FILE = {"type": "string", "format": "binary"}
_FORM_FIELDS = {"type": "object", "required": ["file"], "properties": {"file": _FILE}}
# What the documents of the API say of such a body.
MEDIA: dict[str, dict[str, Any]] = {
    "body": {"application/json": _ROWS, "text/csv": {"type": "string"}, XLSX: _FILE, _FORM: _FORM_FIELDS}
}


@dataclass(frozen=True, slots=True)
class GivenList:
    """A list as it came. `kind` None: the first bytes tell. `form` holds the other fields of a form."""

    content: bytes
    kind: Kind | None
    file_name: str
    form: dict[str, str]

    def read(self, rules: Rules, sheet: str | None) -> RowSource:
        """Its rows. Raises Invalid."""
        limits = Limits(max_bytes=rules.max_import_bytes, max_rows=rules.max_import_rows)
        return read_list(BytesIO(self.content), kind=self.kind, limits=limits, sheet=sheet)


def take_list(request: Request) -> GivenList:
    """The list of a request. The documented curl line declares a form's type and sends JSON: such a body is taken
    as it is. Raises Invalid for a form without a file."""
    if request.mimetype != _FORM:
        return GivenList(request.get_data(cache=False), _KINDS.get(request.mimetype), "", {})
    file = request.files.get("file")
    if file is None:
        raise Invalid("file_missing", N_("Send the list as the field file of the form."), fields={"field": "file"})
    name = clean_text((file.filename or "").replace("\\", "/").rpartition("/")[2])
    return GivenList(file.stream.read(), _KINDS.get(file.mimetype), name, request.form.to_dict())
