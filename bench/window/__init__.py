"""The window under measurement: a screen for it, a replica to show, and the process in which it runs."""
