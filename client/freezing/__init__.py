"""What PyInstaller must know to build the window. It looks for `freezing.dist-info` beside the program that it builds.

So the documented line needs no options and the package need not be installed (docs/decisions/0080 says why).
"""

from pathlib import Path


def hook_folders() -> list[str]:
    """The folders with hooks, as PyInstaller's entry point `hook-dirs` asks for them."""
    return [str(Path(__file__).parent)]
