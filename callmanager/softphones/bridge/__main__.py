"""`python -m callmanager.softphones.bridge ADAPTER`, or this file by its path, wherever it is started."""

import sys
from pathlib import Path

if not __package__ and not getattr(sys, "frozen", False):
    sys.path[0] = str(Path(__file__).resolve().parents[3])

from callmanager.softphones.bridge import run

if __name__ == "__main__":
    sys.exit(run())
