"""What clients may ask over their socket, one file per noun. A file that ALL_HANDLERS does not name is not there."""
