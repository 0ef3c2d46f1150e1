"""`python -m callmanager.softphones.bridge ADAPTER`."""

import sys

from callmanager.softphones.bridge import run

if __name__ == "__main__":
    sys.exit(run())
