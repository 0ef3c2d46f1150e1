"""The numbering plans alone: without the tables of places, carriers and time zones, which the window never asks (8 MB)."""

from PyInstaller.utils.hooks import collect_submodules

hiddenimports = collect_submodules("phonenumbers.data") + collect_submodules("phonenumbers.shortdata")
