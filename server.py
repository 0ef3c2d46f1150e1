"""Starts the server: `python server.py` is `callmanager serve`, in this file's folder, whatever the current one is."""

import os
import sys
from pathlib import Path

HOME = Path(__file__).resolve().parent

if __name__ == "__main__":
    sys.path.insert(0, str(HOME))
    os.chdir(HOME)  # a service or a shortcut starts elsewhere; config.py and contacts.db are here
    from callmanager.cli.main import main

    sys.exit(main(["serve", *sys.argv[1:]]))
