"""A program with one field more in the table of a contact's fields: prints, as JSON, where the field was found.

Run as a program of its own, since everything that follows from the table does so when it is imported.
"""

# ruff: noqa: E402 - the table first, then all that reads it
import csv
import io
import json
import sys
from pathlib import Path
from typing import Any

from callmanager.domain import contact_fields as table

ZZ = table.ContactField(
    "zz",
    table.FieldKind.TEXT,
    "Zz",
    20,
    is_editable=True,
    headings="zz del cliente",
    is_exported=True,
    is_searched=True,
    merge=table.Merge.FILLED,
)
table.FIELDS = (*table.FIELDS, ZZ)
table.BY_NAME = {**table.BY_NAME, "zz": ZZ}
table.EDITABLE = (*table.EDITABLE, "zz")

from callmanager.cli.change_lines import change_line
from callmanager.desktop.models.card.form import Form
from callmanager.desktop.models.card.places import EDITED, READ
from callmanager.desktop.models.contacts.merging import CHOSEN
from callmanager.desktop.models.importing.columns import ColumnMapping
from callmanager.desktop.models.listing.columns import COLUMNS
from callmanager.desktop.speech import Speech
from callmanager.domain.search_text import search_text
from tests.web import Web

LIST = "Teléfono;Nombre;Zz del cliente\n8888-0009;Rosa;verde\n".encode()


def main(folder: Path) -> dict[str, Any]:
    """By place, whether the field is there."""
    web = Web(folder)
    made = web.create(name="Ana", zz="rojo")
    edited = web.edit("manager", made, zz="azul").json
    other = web.create(phone="8888-0001", zz="gris")
    bare = web.create(phone="8888-0002")
    pair = {"keep_id": bare["id"], "keep_version": 1, "merge_id": other["id"], "merge_version": 1}
    merged = web.ask("manager", "POST", "/contacts/merge", json=pair).json
    history = web.ask("manager", "GET", f"/contacts/{made['id']}/history").json
    imported = web.ask("manager", "POST", "/import", data=LIST, content_type="text/csv")
    preview = web.ask("manager", "POST", "/import/preview", data=LIST, content_type="text/csv").json
    export = web.ask("manager", "GET", "/export?format=csv").data.decode("utf-8-sig")
    schema = web.ask("boss", "GET", "/openapi.json").json["components"]["schemas"]
    found = {
        "api": edited["zz"] == "azul",
        "openapi": all("zz" in schema[name]["properties"] for name in ("Contact", "ContactGiven")),
        "check": web.edit("manager", edited, zz="x" * 21).json["code"] == "text_too_long",
        "import": imported.status_code == 201 and _found(web, "verde") == ["Rosa"],
        "wizard": ("zz", "Zz") in ColumnMapping(preview, Speech("es")).choices("Nombre"),
        "export": "azul" in [row["Zz"] for row in csv.DictReader(io.StringIO(export, newline=""))],
        "history": history[0]["fields"]["zz"] == ["rojo", "azul"],
        "watch": "zz: rojo → azul" in change_line(history[0], "Ana"),
        "search": _found(web, "azul") == ["Ana"] and "azul" in search_text(edited),
        "merge": merged["zz"] == "gris" and "zz" in CHOSEN,
        "card": "zz" in EDITED and "zz" in READ and _typed(edited) == {"zz": "lila"},
        "list": "zz" in [column.id for column in COLUMNS],
    }
    web.close()
    return found


def _found(web: Web, words: str) -> list[str]:
    return [contact["name"] for contact in web.ask("manager", "GET", f"/contacts?q={words}&limit=9").json]


def _typed(contact: dict[str, Any]) -> dict[str, Any]:
    form = Form(contact)
    form.put("zz", "lila")
    return form.to_wire()


if __name__ == "__main__":
    print(json.dumps(main(Path(sys.argv[1]))))
