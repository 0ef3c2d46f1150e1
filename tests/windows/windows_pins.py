"""Prints the pins of requirements files that hold on Windows, one a line: pip judges markers by the system it runs on.

Usage: python windows_pins.py FILE... [--only NAME...] [--without NAME...]
"""

from __future__ import annotations

import argparse
from pathlib import Path

from packaging.requirements import Requirement

WINDOWS = {
    "implementation_name": "cpython",
    "os_name": "nt",
    "platform_machine": "AMD64",
    "platform_python_implementation": "CPython",
    "platform_system": "Windows",
    "python_version": "3.11",
    "sys_platform": "win32",
}


def pins(path: Path) -> list[str]:
    """`name==version` of each line of the file that holds there."""
    lines = [line.partition("#")[0].strip() for line in path.read_text("utf-8").splitlines()]
    found = [Requirement(line) for line in lines if line and not line.startswith("-")]
    return [f"{item.name}{item.specifier}" for item in found if item.marker is None or item.marker.evaluate(WINDOWS)]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--only", nargs="+", default=[])
    parser.add_argument("--without", nargs="+", default=[])
    given = parser.parse_args()
    for path in given.files:
        for pin in pins(path):
            name = pin.partition("==")[0]
            if name not in given.without and (not given.only or name in given.only):
                print(pin)


if __name__ == "__main__":
    main()
