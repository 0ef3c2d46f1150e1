"""What runs on an agent's PC: the client of the server, the local replica, and (later) the window. No server code."""
