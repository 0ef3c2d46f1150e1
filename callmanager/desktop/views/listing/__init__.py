"""Parts of the screen that lists contacts: its filters, its saved views, the choice of its columns."""
