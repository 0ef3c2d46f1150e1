"""What PyInstaller cannot see in the source of the package: its catalogues."""

from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[2] / "callmanager"

datas = [
    (str(catalogue), str(catalogue.parent.relative_to(PACKAGE.parent)))
    for catalogue in sorted(PACKAGE.glob("i18n/*/*.po"))
]
