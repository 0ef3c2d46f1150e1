"""The numbering plans alone: the tables of places, carriers and time zones (8 MB) are never asked by the window."""

from PyInstaller.utils.hooks import collect_submodules

hiddenimports = collect_submodules("phonenumbers.data") + collect_submodules("phonenumbers.shortdata")
