"""What makes a server a process of this PC: its hold on the database, its port, its loop, what it says at the start."""
