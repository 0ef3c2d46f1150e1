"""The contact card: shows one contact, edits it under a lease, and never loses what was typed."""
