"""Parts of the virtual table: its keys and its look."""
