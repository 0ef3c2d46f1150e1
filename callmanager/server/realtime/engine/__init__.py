"""Our use of python-socketio: its server with less to do, and the limits on a WebSocket before sign-in."""
