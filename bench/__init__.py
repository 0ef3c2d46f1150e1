"""Figures of the program against floors that are measured in the same run on the same machine: `python -m bench`."""
