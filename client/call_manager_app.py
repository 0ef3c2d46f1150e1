"""Opens the agents' window; frozen, it is also the window's own bridge to a phone and MicroSIP's hook, without Tk."""

import sys
from pathlib import Path

if not getattr(sys, "frozen", False):
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

if sys.argv[1:2] == ["--phone-bridge"]:
    from callmanager.softphones.bridge import run
elif sys.argv[1:2] == ["--phone-hook"]:
    from callmanager.softphones.microsip_hook import run
elif sys.argv[1:2] == ["--doctor-phone"]:
    from callmanager.cli.phones.alone import run
else:
    from callmanager.desktop.app import run

if __name__ == "__main__":
    sys.exit(run())
