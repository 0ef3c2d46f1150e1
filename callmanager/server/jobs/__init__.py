"""Work that nobody asks for and that must be done all the same: what runs (periodic.py) and how (scheduler.py)."""
