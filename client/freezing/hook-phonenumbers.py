"""The numbering plans alone, without the tables of places, carriers and time zones (8 MB) that the window never asks."""

from PyInstaller.utils.hooks import collect_submodules

hiddenimports = collect_submodules("phonenumbers.data") + collect_submodules("phonenumbers.shortdata")
