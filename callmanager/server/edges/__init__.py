"""What every way in shares (HTTP, sockets, event stream): who calls, what may be sent, how an error is told.

For HTTP also how a route is declared, its answer sent, and a repeated request given its first answer. No single route.
"""
