"""Opens the agents' window. In a checkout the package is in the folder above; a frozen program brings it along."""

import sys
from pathlib import Path

if not getattr(sys, "frozen", False):
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from callmanager.desktop.app import run

if __name__ == "__main__":
    sys.exit(run())
