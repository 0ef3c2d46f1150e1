"""Credentials, their limits and the addresses they come from. Knows nothing of HTTP frameworks or of the database."""
