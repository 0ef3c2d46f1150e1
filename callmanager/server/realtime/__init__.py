"""Live updates: Socket.IO and the event stream. The loop never touches the database, a password or a file."""
