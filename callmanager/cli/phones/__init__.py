"""What IT runs at a PC to see and to calibrate its phone. Needs neither the server nor its settings."""
