"""Builds the window as a folder that needs no Python: `dist/CallManager`, the way to give it to many PCs.

Usage: python deploy/build_window.py [--output FOLDER]       (needs PyInstaller: deploy/requirements-test.txt)

The documented line in client/ makes one file, which unpacks itself at every start; a folder starts at once and gives
virus scanners less to suspect. On Windows CallManagerBridge.exe lies in it too, which works the window of InterPhone.
PyInstaller builds for the system it runs on: for Windows, run this on Windows.
"""

from __future__ import annotations

import argparse
import shutil
import struct
import sys
import tempfile
import zlib
from pathlib import Path

from PyInstaller.__main__ import run as run_pyinstaller

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from callmanager import __version__  # noqa: E402  # after the path of the checkout is known
from callmanager.desktop.widgets.icon import icon_points  # noqa: E402

LAUNCHER = ROOT / "client" / "call_manager_app.py"
EXAMPLE = ROOT / "client" / "config_local.example.json"
NAME = "CallManager"
LEFT_OUT = (
    "bcrypt",
    "doctest",
    "ensurepip",
    "idlelib",
    "lib2to3",
    "pdb",
    "pip",
    "pydoc_data",
    "setuptools",
    "unittest",
)
"""What libraries could use and the window never does."""

LEFT_OUT_OF_THE_BRIDGE = ("customtkinter", "tkinter")

BRIDGE = ROOT / "callmanager" / "softphones" / "bridge" / "__main__.py"
BRIDGE_NAME = "CallManagerBridge"
"""By this name the window looks for it (softphones/interphone/driver.py)."""

SPEC = """\
programs = []
for name, script, left_out, has_console in {programs!r}:
    found = Analysis([script], pathex=[{root!r}], excludes=left_out)
    exe = EXE(
        PYZ(found.pure),
        found.scripts,
        name=name,
        exclude_binaries=True,
        console=has_console,
        version={version!r},
        icon={icon!r},
    )
    programs += [exe, found.binaries, found.datas]
COLLECT(*programs, name={name!r})
"""

ICON_SIZES = (16, 32, 48, 64, 256)

VERSION_FILE = """\
VSVersionInfo(
    ffi=FixedFileInfo(
        filevers=({numbers}), prodvers=({numbers}), mask=0x3F, flags=0, OS=0x40004, fileType=1, subtype=0
    ),
    kids=[
        StringFileInfo([
            StringTable("0C0A04B0", [
                StringStruct("FileDescription", "CallManager"),
                StringStruct("FileVersion", "{version}"),
                StringStruct("InternalName", "CallManager"),
                StringStruct("OriginalFilename", "CallManager.exe"),
                StringStruct("ProductName", "CallManager"),
                StringStruct("ProductVersion", "{version}"),
            ])
        ]),
        VarFileInfo([VarStruct("Translation", [0x0C0A, 1200])]),
    ],
)
"""


def build(output: Path, work: Path) -> Path:
    """Build into `output`; the folder of the program. `work` is for what PyInstaller leaves behind."""
    options = ["--noconfirm", "--clean", "--log-level", "WARN", "--distpath", str(output), "--workpath", str(work)]
    run_pyinstaller([*options, str(write_spec(work))])
    shutil.copy(EXAMPLE, output / NAME)
    return output / NAME


def write_spec(folder: Path) -> Path:
    """What PyInstaller is to build: programs that share the libraries in one folder."""
    on_windows = sys.platform == "win32"
    programs = [(NAME, str(LAUNCHER), LEFT_OUT, False)]
    if on_windows:
        programs.append((BRIDGE_NAME, str(BRIDGE), (*LEFT_OUT, *LEFT_OUT_OF_THE_BRIDGE), True))
    version, icon = (str(write_version(folder)), str(write_icon(folder))) if on_windows else (None, None)
    path = folder / f"{NAME}.spec"
    path.write_text(SPEC.format(programs=programs, root=str(ROOT), version=version, icon=icon, name=NAME), "utf-8")
    return path


def write_version(folder: Path) -> Path:
    """What Windows shows of the program under Properties, Details."""
    numbers = ", ".join([*__version__.split("."), "0"])
    path = folder / "version.txt"
    path.write_text(VERSION_FILE.format(numbers=numbers, version=__version__), "utf-8")
    return path


def write_icon(folder: Path) -> Path:
    """The window's own icon as a file: a directory of PNG pictures, which Windows reads since Vista."""
    pictures = [png(size) for size in ICON_SIZES]
    place = 6 + 16 * len(pictures)
    entries = b""
    for size, picture in zip(ICON_SIZES, pictures, strict=True):
        entries += struct.pack("<BBBBHHII", size % 256, size % 256, 0, 0, 1, 32, len(picture), place)
        place += len(picture)
    path = folder / "CallManager.ico"
    path.write_bytes(struct.pack("<HHH", 0, 1, len(pictures)) + entries + b"".join(pictures))
    return path


def png(size: int) -> bytes:
    """The icon as a PNG picture with an alpha channel."""
    rows = [bytearray(1 + 4 * size) for _row in range(size)]
    for x, y, colour in icon_points(size):
        rows[y][1 + 4 * x : 5 + 4 * x] = bytes.fromhex(colour[1:]) + b"\xff"
    head = struct.pack(">IIBBBBB", size, size, 8, 6, 0, 0, 0)
    parts = [(b"IHDR", head), (b"IDAT", zlib.compress(b"".join(rows), 9)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, content) for kind, content in parts)


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--output", type=Path, default=ROOT / "dist", metavar="FOLDER")
    output = parser.parse_args().output.resolve()
    with tempfile.TemporaryDirectory() as work:
        folder = build(output, Path(work))
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    print(f"{folder}: {size / 1e6:.0f} MB. Copy the folder whole; {NAME} in it is the program.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
