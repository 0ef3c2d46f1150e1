"""What PyInstaller cannot see in the source of the package: its catalogues, and the profile of a phone."""

from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[2] / "callmanager"

datas = [
    (str(read), str(read.parent.relative_to(PACKAGE.parent)))
    for read in [*sorted(PACKAGE.glob("i18n/**/*.mo")), *sorted(PACKAGE.glob("softphones/interphone/*.json"))]
]
