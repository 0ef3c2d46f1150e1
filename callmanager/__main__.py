"""`python -m callmanager ...` is the same as `callmanager ...`."""

from __future__ import annotations

import sys

from callmanager.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
