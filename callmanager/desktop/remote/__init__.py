"""The only network code of the desktop: the server over HTTP and Socket.IO, typed. Raises domain errors."""

from callmanager.desktop.remote.rest import Remote
from callmanager.desktop.remote.sockets import Live

__all__ = ["Live", "Remote"]
