"""The program that owns the data."""
