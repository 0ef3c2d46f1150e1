"""What MicroSIP runs at each step of a call: tells the waiting driver, in a moment and whatever happens to it.

`python -m callmanager.softphones.microsip_hook PORT KEY WORD [NUMBER]`. It is started for each step, so it imports
nothing but a socket.
"""

from __future__ import annotations

import socket
import sys

_SECONDS = 2.0


def send(port: int, key: str, word: str, number: str) -> bool:
    """Tell the driver; whether it heard."""
    try:
        with socket.create_connection(("127.0.0.1", port), _SECONDS) as connection:
            connection.sendall(f"{key} {word} {number}\n".encode("ascii", "replace"))
            return connection.recv(8).startswith(b"ok")
    except OSError:
        return False


def main(arguments: list[str]) -> int:
    """0 when the driver heard, 1 when not, 2 for wrong arguments. Nothing is shown: MicroSIP has no place for it."""
    if len(arguments) < 3 or not arguments[0].isdecimal():
        return 2
    port, key, word, *number = arguments
    return 0 if send(int(port), key, word, " ".join(number)) else 1


def run() -> int:
    """As `CallManager.exe --phone-hook PORT KEY WORD [NUMBER]`, on PCs without Python."""
    return main(sys.argv[2:])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
