"""Parts of the list of contacts: what its cells say, its columns, its filters, what this PC remembers of it."""
