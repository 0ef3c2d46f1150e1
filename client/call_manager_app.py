"""Opens the agents' program. For now it says which server is configured and that the window comes next."""

import json
import os
import sys
from pathlib import Path

FROZEN = getattr(sys, "frozen", False)
HERE = Path(sys.executable if FROZEN else __file__).resolve().parent
CONFIG = HERE / "config_local.json"


def configured_server() -> str:
    """Address of the server: the environment wins over config_local.json. Raises ValueError for a file of no use."""
    if address := os.environ.get("CALLMANAGER_SERVER_URL", "").strip():
        return address
    try:
        written = json.loads(CONFIG.read_text("utf-8-sig")) if CONFIG.is_file() else {}
    except (OSError, ValueError):
        raise ValueError(f"No se puede leer {CONFIG}. Cópielo otra vez de config_local.example.json.") from None
    address = written.get("SERVER_URL", "") if isinstance(written, dict) else ""
    if not isinstance(address, str):
        raise ValueError(f"SERVER_URL debe ser un texto entre comillas en {CONFIG}.")
    return address.strip()


def notice() -> str:
    """What the agent is told, in Spanish."""
    coming = "La ventana de los agentes llega con la próxima versión."
    try:
        address = configured_server()
    except ValueError as error:
        return f"{coming}\n{error}"
    if address:
        return f"{coming}\nServidor configurado: {address}"
    return f"{coming}\nNo hay servidor configurado: copie config_local.example.json como config_local.json."


def show(text: str) -> None:
    """In a window where there is a display, else on the terminal."""
    try:
        import tkinter  # noqa: PLC0415  # a PC without a display may have no Tk
    except ImportError:
        print(text)
        return
    try:
        window = tkinter.Tk()
    except tkinter.TclError:
        print(text)
        return
    window.title("CallManager")
    tkinter.Label(window, text=text, padx=24, pady=24, justify="left").pack()
    tkinter.Button(window, text="Cerrar", command=window.destroy).pack(pady=(0, 16))
    window.mainloop()


if __name__ == "__main__":
    show(notice())
