"""Windows and a floor for the row of live updates."""
