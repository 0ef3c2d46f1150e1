"""The import wizard on the screen, and what the commands of lists do."""
