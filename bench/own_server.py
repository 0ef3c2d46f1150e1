"""The program's own server on a folder and a port: `python -m bench.own_server FOLDER PORT [NAME=VALUE ...]`."""

from __future__ import annotations

import sys
from pathlib import Path

from bench.offices import SETTINGS
from callmanager.server.run import serve
from callmanager.settings import load_settings

if __name__ == "__main__":
    folder, port, *given = sys.argv[1:]
    command_line = {**SETTINGS, "SERVER_PORT": int(port), **dict(pair.split("=", 1) for pair in given)}
    sys.exit(serve(load_settings(Path(folder), command_line, {})))
