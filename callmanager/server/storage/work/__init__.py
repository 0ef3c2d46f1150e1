"""Tables of the daily work, beside those of contacts and people in storage/tables.py."""
