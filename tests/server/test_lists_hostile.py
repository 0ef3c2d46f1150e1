"""Files made to do harm: each is refused with a clear code, in memory that does not follow what the file claims."""

from __future__ import annotations

import contextlib
import functools
import io
import json
import re
import struct
import subprocess
import sys
import zipfile
import zlib
from pathlib import Path

import pytest

from callmanager.domain.errors import Invalid
from callmanager.server.lists.reading import read_list
from callmanager.server.lists.rows import Limits
from callmanager.server.lists.workbooks.archives import Archive
from tests.server.lists_workbooks import HEADER, SHEET, TEXTS, inline, parts, sheet_xml, texts_xml, workbook, zipped

ROOT = Path(__file__).parents[2]

MEASURED = """
import json, pathlib, re, sys
from callmanager.domain.errors import Invalid
from callmanager.server.lists.reading import read_list
from callmanager.server.lists.rows import Limits
from callmanager.server.lists.workbooks.archives import Archive

def peak_mib():
    return int(re.search(r"VmHWM:\\s+(\\d+)", pathlib.Path("/proc/self/status").read_text())[1]) / 1024

before = peak_mib()
path = pathlib.Path(sys.argv[1])
try:
    if sys.argv[2] == "careless":
        whole = path.read_bytes().decode().split(",")
    rows = sum(1 for _ in read_list(path, kind=None, limits=Limits()))
    code = None
except Invalid as error:
    rows, code = 0, error.code
print(json.dumps({"grown_mib": peak_mib() - before, "rows": rows, "code": code}))
"""


def measured(path: Path, mode: str = "careful") -> dict[str, float | str | None]:
    """What reading `path` in a process of its own says, and by how much its peak of memory grew."""
    if not Path("/proc/self/status").exists():
        pytest.skip("needs /proc/self/status (Linux) to measure a process")
    done = subprocess.run(
        [sys.executable, "-c", MEASURED, str(path), mode], cwd=ROOT, capture_output=True, text=True, check=True
    )
    answer: dict[str, float | str | None] = json.loads(done.stdout)
    return answer


def grown(path: Path, code: str | None, mode: str = "careful") -> float:
    answer = measured(path, mode)
    assert answer["code"] == code
    assert isinstance(answer["grown_mib"], float)
    return answer["grown_mib"]


def refusal(content: bytes, limits: Limits | None = None) -> str:
    with pytest.raises(Invalid) as caught:
        read_list(io.BytesIO(content), kind=None, limits=limits or Limits())
    str(caught.value)
    return caught.value.code


@functools.cache
def deflated(piece: bytes, times: int) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return b"".join(packer.compress(piece) for _ in range(times)) + packer.flush()


def with_raw_part(contents: dict[str, str | bytes], name: str, packed: bytes, *, size: int, crc: int = 0) -> bytes:
    """A zip whose part `name` is `packed` and declares `size` and `crc`, true or not."""
    whole = zipped({**contents, name: b"\0" * 3})
    start, directory = whole.index(name.encode()) - 30, whole.rindex(b"PK\x01\x02" + whole[:0])
    with zipfile.ZipFile(io.BytesIO(whole)) as archive:
        info = archive.getinfo(name)
        assert info.header_offset == start
        assert archive.infolist()[-1].filename == name
    central = whole.index(b"PK\x01\x02")
    entries = whole[central : whole.index(b"PK\x05\x06")]
    last = len(entries) - (len(whole[directory : whole.index(b"PK\x05\x06")]))
    sizes = struct.pack("<III", crc, len(packed), size)
    local = whole[start : start + 14] + sizes + whole[start + 26 : start + 30 + len(name)]
    body = whole[:start] + local + packed
    mended = entries[:last] + entries[last : last + 16] + sizes + entries[last + 28 :]
    count = len(contents | {name: b""})
    return body + mended + struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, count, count, len(mended), len(body), 0)


def without(name: str) -> dict[str, str | bytes]:
    return {key: content for key, content in parts(HEADER).items() if key != name}


GIB_OF_SPACES = (b" " * 2**20, 1024)


def test_bomb_of_one_gibibyte_is_refused_by_what_it_declares(tmp_path: Path) -> None:
    path = tmp_path / "bomba.xlsx"
    path.write_bytes(with_raw_part(without(SHEET), SHEET, deflated(*GIB_OF_SPACES), size=2**30))
    assert path.stat().st_size < 2 * 2**20
    assert grown(path, "file_unpacked_too_large") < 32


@pytest.mark.parametrize("declared", [10, 2**27])
def test_bomb_that_lies_about_its_size_is_refused_while_it_unpacks(tmp_path: Path, declared: int) -> None:
    path = tmp_path / "bomba.xlsx"
    path.write_bytes(with_raw_part(without(SHEET), SHEET, deflated(*GIB_OF_SPACES), size=declared))
    assert grown(path, "file_damaged") < 32


def test_part_smaller_than_declared_or_with_another_checksum_is_refused() -> None:
    xml = sheet_xml(HEADER).encode()
    packed = deflated(xml, 1)
    good = with_raw_part(without(SHEET), SHEET, packed, size=len(xml), crc=zlib.crc32(xml))
    assert read_list(io.BytesIO(good), kind=None, limits=Limits()).columns == ["Teléfono", "Nombre"]
    longer = with_raw_part(without(SHEET), SHEET, packed, size=len(xml) + 1, crc=zlib.crc32(xml))
    other = with_raw_part(without(SHEET), SHEET, packed, size=len(xml), crc=1)
    assert (refusal(longer), refusal(other)) == ("file_damaged", "file_damaged")


def test_every_truncation_of_a_workbook_is_refused() -> None:
    whole = workbook(f'{HEADER}<row r="2">{inline("A2", "88887777")}</row>')
    codes = {refusal(whole[:end]) for end in range(4, len(whole) - 1, 7)}
    assert codes <= {"file_damaged", "file_not_workbook"}


def test_every_flipped_byte_is_read_or_refused_but_never_crashes() -> None:
    whole = workbook(f'{HEADER}<row r="2">{inline("A2", "88887777")}</row>')
    for position in range(2, len(whole), 3):
        harmed = bytearray(whole)
        harmed[position] ^= 0x55
        with contextlib.suppress(Invalid):
            list(read_list(io.BytesIO(bytes(harmed)), kind=None, limits=Limits()))


LAUGHS = (
    '<!DOCTYPE sst [<!ENTITY a "ja">'
    + "".join(f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(10))
    + "]><sst><si><t>&k;</t></si></sst>"
)
QUADRATIC = f'<!DOCTYPE sst [<!ENTITY a "{"x" * 50_000}">]><sst><si><t>{"&a;" * 50_000}</t></si></sst>'
OUTSIDE = '<!DOCTYPE sst SYSTEM "file:///etc/hostname"><sst/>'


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-be"])
@pytest.mark.parametrize("xml", [LAUGHS, QUADRATIC, OUTSIDE], ids=["laughs", "quadratic", "outside"])
@pytest.mark.parametrize("part", [TEXTS, SHEET, "xl/workbook.xml", "xl/styles.xml", "_rels/.rels"])
def test_xml_definitions_are_refused_in_any_part_and_encoding(part: str, xml: str, encoding: str) -> None:
    mark = b"\xfe\xff" if encoding == "utf-16-be" else b""
    content = zipped({**parts(HEADER), part: mark + xml.encode(encoding)})
    assert refusal(content) == "file_xml_entities"


def test_billion_laughs_take_no_memory(tmp_path: Path) -> None:
    path = tmp_path / "risas.xlsx"
    path.write_bytes(workbook(HEADER, **{TEXTS: LAUGHS.encode("utf-16")}))
    assert grown(path, "file_xml_entities") < 32


def test_undefined_entity_is_refused() -> None:
    assert refusal(workbook(HEADER + '<row r="2"><c r="A2" t="str"><v>&a;</v></c></row>')) == "file_damaged"


def test_two_cells_at_the_corners_of_the_sheet_take_no_memory(tmp_path: Path) -> None:
    far = f'<row r="1048576">{inline("A1048576", "88887777")}</row>'
    xml = sheet_xml(HEADER + far).replace("<sheetData>", '<dimension ref="A1:XFD1048576"/><sheetData>')
    path = tmp_path / "esquinas.xlsx"
    path.write_bytes(zipped({**parts(""), SHEET: xml}))
    assert grown(path, None) < 32
    corner = f'<row r="1048576">{inline("XFD1048576", "x")}</row>'
    assert refusal(workbook(HEADER + corner)) == "file_too_many_columns"
    assert refusal(workbook(f'<row r="1048577">{inline("A1048577", "x")}</row>')) == "file_damaged"
    assert refusal(workbook(f"{HEADER}<row>" + "<c><v>1</v></c>" * 10_000 + "</row>")) == "file_too_many_columns"


def test_one_long_text_shown_in_many_cells_takes_no_memory(tmp_path: Path) -> None:
    """A reader that holds the whole sheet needs 1.8 GB for these 12 KB."""
    row = '<row><c t="s"><v>0</v></c></row>'
    path = tmp_path / "repetido.xlsx"
    path.write_bytes(workbook(HEADER + row * 60_000, **{TEXTS: texts_xml("x" * 30_000)}))
    answer = measured(path)
    assert (answer["code"], answer["rows"]) == (None, 60_000)
    assert float(answer["grown_mib"] or 0) < 48


def test_million_rows_too_many_are_refused(tmp_path: Path) -> None:
    rows = b"88887777,Ana\n" * 1_000_001
    path = tmp_path / "millon.csv"
    path.write_bytes(b"telefono,nombre\n" + rows)
    assert grown(path, "file_too_many_rows") < 32
    sheet = HEADER + "<row><c><v>8</v></c></row>" * 10_001
    assert refusal(workbook(sheet), Limits(max_rows=10_000)) == "file_too_many_rows"


@pytest.mark.parametrize("start", ["telefono,nota\n8,", 'telefono,nota\n8,"', 'telefono,nota\n8,"\n'])
def test_one_huge_cell_is_not_held_in_memory(tmp_path: Path, start: str) -> None:
    path = tmp_path / "celda.csv"
    path.write_bytes(start.encode() + b"x" * (60 * 2**20))
    answer = measured(path)
    assert answer["code"] in {"file_cell_too_long", "file_line_too_long"}
    assert float(answer["grown_mib"] or 0) < 32


def test_the_measure_sees_a_reader_that_holds_the_file(tmp_path: Path) -> None:
    path = tmp_path / "celda.csv"
    path.write_bytes(b"telefono,nota\n8," + b"x" * (60 * 2**20))
    assert grown(path, "file_line_too_long", mode="careless") > 100


def test_gigabyte_is_refused_by_its_size(tmp_path: Path) -> None:
    path = tmp_path / "grande.csv"
    with path.open("wb") as file:
        file.truncate(2**30)
    assert grown(path, "file_too_large") < 16


def test_huge_cells_names_and_tags_in_a_workbook_are_refused(tmp_path: Path) -> None:
    assert refusal(workbook(HEADER + f'<row r="2">{inline("A2", "x" * 70_000)}</row>')) == "file_cell_too_long"
    assert refusal(workbook(HEADER, **{TEXTS: texts_xml("x" * 70_000)})) == "file_cell_too_long"
    path = tmp_path / "etiqueta.xlsx"
    path.write_bytes(workbook(f'<row r="1" x="{"x" * (100 * 2**20)}"></row>'))
    assert grown(path, "file_damaged") < 48


def test_workbook_of_many_parts_is_refused() -> None:
    assert refusal(zipped({**parts(HEADER), **{f"x{n}": "" for n in range(1_000)}})) == "file_too_many_parts"


def test_directory_that_would_fill_the_memory_is_refused() -> None:
    entry = struct.pack("<4s6H3I5H2I", b"PK\x01\x02", 20, 20, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0) + b"a"
    directory = entry * 100_000
    end = struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, 0xFFFF, 0xFFFF, len(directory), 0, 0)
    assert refusal(b"PK\x01\x02" + directory[4:] + end) == "file_damaged"


def test_part_named_twice_is_refused() -> None:
    out = io.BytesIO(workbook(HEADER))
    with zipfile.ZipFile(out, "a") as archive:
        archive.writestr(SHEET.upper(), sheet_xml(""))
    assert refusal(out.getvalue()) == "file_damaged"


def test_locked_part_says_to_remove_the_password() -> None:
    whole = bytearray(workbook(HEADER))
    for match in re.finditer(b"PK\x01\x02", bytes(whole)):
        whole[match.start() + 8] |= 1
    assert refusal(bytes(whole)) == "file_password"


@pytest.mark.parametrize("target", ["../../../../etc/passwd", "/etc/passwd", "file:///etc/passwd"])
def test_sheet_outside_the_workbook_is_never_opened(target: str) -> None:
    contents = parts(HEADER)
    rels = str(contents["xl/_rels/workbook.xml.rels"]).replace("worksheets/sheet1.xml", target)
    assert refusal(zipped({**contents, "xl/_rels/workbook.xml.rels": rels})) == "file_no_rows"


def test_deep_json_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "hondo.json"
    path.write_bytes(b"[" * 1_000_000)
    assert grown(path, "file_json") < 64


def test_json_of_many_small_objects_is_refused_before_they_are_made(tmp_path: Path) -> None:
    path = tmp_path / "muchos.json"
    path.write_bytes(b"[" + b"{}," * 10_000_000 + b"{}]")
    assert grown(path, "file_too_many_rows") < 80


def test_deep_xml_takes_no_memory(tmp_path: Path) -> None:
    path = tmp_path / "hondo.xlsx"
    path.write_bytes(workbook(HEADER + "<a>" * 2_000_000))
    assert grown(path, "file_damaged") < 32


def test_xml_of_ever_new_names_takes_no_memory(tmp_path: Path) -> None:
    path = tmp_path / "nombres.xlsx"
    path.write_bytes(workbook("".join(f"<a{n}/>" for n in range(1_000_000))))
    assert grown(path, "file_damaged") < 32


@pytest.mark.parametrize("part", ["xl/workbook.xml", "xl/styles.xml", "xl/_rels/workbook.xml.rels"])
def test_lists_of_parts_and_styles_are_bounded(part: str) -> None:
    assert refusal(zipped({**parts(HEADER), part: "<a>" + "<xf/>" * 4_000_000 + "</a>"})) == "file_unpacked_too_large"


def test_lists_of_nothing_are_not_read_to_their_end() -> None:
    few = Limits(max_rows=10, max_sheet_cells=100)
    assert refusal(b"telefono,nombre\n" + b"\n" * 20_000, few) == "file_too_many_rows"
    assert refusal(b"telefono,nombre\n" + b",\n" * 20_000, few) == "file_too_many_rows"
    assert refusal(workbook(HEADER + "<row><c/></row>" * 101), few) == "file_too_many_cells"
    assert refusal(workbook(HEADER + "<row></row>" * 300), few) == "file_too_many_cells"
    assert read_list(io.BytesIO(workbook(HEADER + "<row><c/></row>" * 50)), kind=None, limits=few).total == 0


def test_part_that_lies_is_unpacked_no_further_than_it_declares() -> None:
    content = with_raw_part(without(SHEET), SHEET, deflated(*GIB_OF_SPACES), size=2**20)
    unpacked: list[int] = []
    with pytest.raises(Invalid):
        unpacked.extend(map(len, Archive(io.BytesIO(content), Limits()).unpack(SHEET)))
    assert sum(unpacked) <= 2**20
