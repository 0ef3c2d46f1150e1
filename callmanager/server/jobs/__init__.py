"""What the server does by the clock, unasked: which jobs (periodic.py), and how they run (scheduler.py)."""
