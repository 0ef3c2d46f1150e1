"""Where python-socketio is met: its server, reined in, and what a WebSocket may cost before it is anybody's."""
