"""Reads a list of contacts from a request: JSON, CSV, a workbook, or one of them as `file` of a form."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from io import BytesIO
from typing import Any, BinaryIO, cast

from flask import Request

from callmanager.domain.contacts import clean_text
from callmanager.domain.errors import Invalid
from callmanager.domain.texts import N_
from callmanager.server.edges.bodies import Model, check_query
from callmanager.server.edges.wsgi_bodies import BODY
from callmanager.server.guests.bodies import Body
from callmanager.server.lists.reading import read_list
from callmanager.server.lists.rows import Kind, Limits, Reading, RowSource
from callmanager.server.lists.sources import CHUNK_BYTES
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
    """A list as it came. `kind` None: the first bytes tell. `form` holds the other fields of a form. `stream` is its
    file, and `body` where that lies when it is the body of the request itself."""

    stream: BinaryIO
    kind: Kind | None
    file_name: str
    form: dict[str, str]
    body: Body | None = None

    def keep(self) -> None:
        """It will be read after the answer; `close` comes then."""
        if self.body is not None:
            self.body.keep()

    def close(self) -> None:
        """Let go of it."""
        self.stream.close()
        if self.body is not None:
            self.body.close()

    def complete(self, query: Model, asked: Mapping[str, str]) -> Model:
        """The query with the fields of the form, which count like those that were `asked` for; these go before."""
        return check_query(type(query), {**self.form, **asked}) if self.form else query

    def pieces(self) -> Iterator[bytes]:
        """What it holds, from its start."""
        self.stream.seek(0)
        while piece := self.stream.read(CHUNK_BYTES):
            yield piece

    def read(self, rules: Rules, how: Reading) -> RowSource:
        """Its rows. Raises Invalid."""
        limits = Limits(max_bytes=rules.max_import_bytes, max_rows=rules.max_import_rows)
        return read_list(self.stream, kind=self.kind, limits=limits, how=how)


def take_list(request: Request) -> GivenList:
    """The list of a request. The documented curl line declares a form's type and sends JSON: such a body is taken
    as it is. Raises Invalid for a form without a file."""
    if request.mimetype != _FORM:
        stream, body = _whole(request)
        return GivenList(stream, _KINDS.get(request.mimetype), "", {}, body)
    file = request.files.get("file")
    if file is None:
        raise Invalid("file_missing", N_("Send the list as the field file of the form."), fields={"field": "file"})
    name = clean_text((file.filename or "").replace("\\", "/").rpartition("/")[2])
    taken = cast("BinaryIO", file.stream)
    file.stream = BytesIO()  # Flask closes the files of a form with its request, and this one may be read longer
    return GivenList(taken, _KINDS.get(file.mimetype), name, request.form.to_dict())


def _whole(request: Request) -> tuple[BinaryIO, Body | None]:
    """The body as a file at hand; without the adapter of the server (tests) it is read into memory."""
    body: Body | None = request.environ.get(BODY)
    return (BytesIO(request.get_data(cache=False)), None) if body is None else (body.file, body)
