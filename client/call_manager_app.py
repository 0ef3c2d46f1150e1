"""Opens the agents' window. In a checkout the package is in the folder above; a frozen program brings it along.

A frozen program is also its own bridge to a phone's window: a process without Tk, started with a word of its own.
"""

import sys
from pathlib import Path

if not getattr(sys, "frozen", False):
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

if __name__ == "__main__":
    if sys.argv[1:2] == ["--phone-bridge"]:
        from callmanager.softphones.bridge import run as run_bridge

        sys.exit(run_bridge(sys.argv[2:]))
    from callmanager.desktop.app import run

    sys.exit(run())
