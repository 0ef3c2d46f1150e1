"""What the tests of the trial share with those of the server."""

from tests.server.conftest import admin, server, web

__all__ = ["admin", "server", "web"]
