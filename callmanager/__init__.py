"""CallManager: one office shares a list of contacts and calls them."""

__version__ = "0.1.0"
