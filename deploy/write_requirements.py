"""Writes requirements.txt and deploy/requirements-test.txt: the pins of pyproject.toml and of all that these need.

Indirect libraries have the version installed beside this Python; each line carries the marker under which it is needed,
so that one file serves Linux, macOS and Windows and every supported Python. `--check` writes nothing and answers 1 when
pyproject.toml and the files disagree.
"""

from __future__ import annotations

import sys
import tomllib
from importlib.metadata import PackageNotFoundError, distribution
from itertools import product
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
FOREIGN_PINS: dict[str, str] = PYPROJECT["tool"]["callmanager"]["foreign-pins"]

Place = tuple[str, str]
PYTHONS = ("3.11", "3.12", "3.13")
PLATFORMS = {"linux": ("posix", "Linux"), "darwin": ("posix", "Darwin"), "win32": ("nt", "Windows")}
PLACES: tuple[Place, ...] = tuple(product(PYTHONS, PLATFORMS))
"""Every combination of Python and system that the files must serve."""

HEAD = "# Generated from pyproject.toml by `python deploy/write_requirements.py`; do not edit.\n"


def environment(place: Place, extra: str) -> dict[str, str]:
    """What markers are evaluated against at `place`."""
    python, platform = place
    os_name, system = PLATFORMS[platform]
    return {
        "python_version": python,
        "python_full_version": f"{python}.1",
        "sys_platform": platform,
        "os_name": os_name,
        "platform_system": system,
        "platform_machine": "AMD64" if platform == "win32" else "x86_64",
        "platform_python_implementation": "CPython",
        "implementation_name": "cpython",
        "extra": extra,
    }


def is_needed(requirement: Requirement, place: Place, extras: set[str]) -> bool:
    """Whether `requirement` counts at `place` for somebody who asked for `extras`."""
    marker = requirement.marker
    return marker is None or any(marker.evaluate(environment(place, extra)) for extra in ("", *extras))


def requirements_of(name: str) -> list[Requirement]:
    """What an installed library declares; nothing for one that only another system needs."""
    try:
        declared = distribution(name).requires or []
    except PackageNotFoundError:
        if name in FOREIGN_PINS or name in direct_pins(dependencies()):
            return []
        raise SystemExit(f"{name} is not installed here: install the requirements first, then run this again") from None
    return [Requirement(text) for text in declared]


def closure(direct: list[Requirement]) -> dict[str, set[Place]]:
    """Every library that `direct` needs, with the places where it is needed."""
    found: dict[str, set[Place]] = {}
    for place in PLACES:
        seen: set[tuple[str, frozenset[str]]] = set()
        waiting = [(requirement, set[str]()) for requirement in direct]
        while waiting:
            requirement, asked = waiting.pop()
            node = (canonicalize_name(requirement.name), frozenset(requirement.extras))
            if not is_needed(requirement, place, asked) or node in seen:
                continue
            seen.add(node)
            found.setdefault(node[0], set()).add(place)
            waiting += [(inner, set(requirement.extras)) for inner in requirements_of(node[0])]
    return found


def marker_of(places: set[Place]) -> str:
    """The shortest marker that holds in exactly `places`."""
    if places == set(PLACES):
        return ""
    for operator in ("==", "!="):
        for platform in PLATFORMS:
            wanted = {place for place in PLACES if (place[1] == platform) == (operator == "==")}
            if places == wanted:
                return f' ; sys_platform {operator} "{platform}"'
    for python in PYTHONS:
        if places == {place for place in PLACES if place[0] < python}:
            return f' ; python_version < "{python}"'
    each = sorted(f'python_version == "{python}" and sys_platform == "{platform}"' for python, platform in places)
    return f" ; {' or '.join(each)}"


def dependencies(*groups: str) -> list[Requirement]:
    """The direct requirements of pyproject.toml with the optional `groups`."""
    project = PYPROJECT["project"]
    texts = list(project["dependencies"])
    for group in groups:
        texts += project["optional-dependencies"][group]
    return [Requirement(text) for text in texts]


def direct_pins(direct: list[Requirement]) -> dict[str, str]:
    """Version of each direct requirement."""
    return {canonicalize_name(item.name): str(item.specifier).removeprefix("==") for item in direct}


def version_of(name: str, pins: dict[str, str]) -> str:
    """The version to write: ours, else the one for other systems, else the installed one."""
    return pins.get(name) or FOREIGN_PINS.get(name) or distribution(name).version


def lines_of(direct: list[Requirement], leave_out: set[str]) -> dict[str, str]:
    """Line of each library by name, in order, without those in `leave_out`."""
    pins = direct_pins(direct)
    names = {name: places for name, places in sorted(closure(direct).items()) if name not in leave_out}
    return {name: f"{name}=={version_of(name, pins)}{marker_of(places)}\n" for name, places in names.items()}


def rendered() -> dict[Path, str]:
    """Both files and their text."""
    run = lines_of(dependencies(), set())
    test = lines_of(dependencies("test", "postgresql"), set(run))
    return {
        ROOT / "requirements.txt": HEAD + "".join(run.values()),
        ROOT / "deploy" / "requirements-test.txt": f"{HEAD}-r ../requirements.txt\n" + "".join(test.values()),
    }


def disagreement(path: Path, text: str) -> list[str]:
    """What differs between `path` and `text`, apart from versions that only the installed libraries decide."""
    written = set(path.read_text("utf-8").splitlines()) if path.is_file() else set()
    pins = direct_pins(dependencies("test", "postgresql")) | FOREIGN_PINS
    names = {line.partition("==")[0] for line in written}
    differing = []
    for line in text.splitlines():
        name = line.partition("==")[0]
        if line not in written and (name in pins or name not in names):
            differing.append(line)
    return differing + sorted(names - {line.partition("==")[0] for line in text.splitlines()})


def main(arguments: list[str]) -> int:
    """Write both files, or with --check answer 1 when they disagree with pyproject.toml."""
    files = rendered()
    if "--check" in arguments:
        stale = {path.name: found for path, text in files.items() if (found := disagreement(path, text))}
        for name, found in stale.items():
            print(f"{name} is stale: {', '.join(found)}")
        return 1 if stale else 0
    for path, text in files.items():
        path.write_text(text, "utf-8", newline="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
