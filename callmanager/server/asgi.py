"""The outermost application: hands each connection to the part that answers for it, such as Flask behind wsgi.py."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from callmanager.server.edges.scopes import Receive, Scope, Send

AsgiApp = Callable[[Scope, Receive, Send], Awaitable[None]]


class Parts:
    """`by_path` maps a first path segment (`events`) to its part; everything else over HTTP goes to `web`.

    A WebSocket that no part expects is closed before it is accepted, which the client sees as 403.
    """

    def __init__(self, web: AsgiApp, by_path: Mapping[str, AsgiApp] | None = None) -> None:
        self._web = web
        self._by_path = dict(by_path or {})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        part = self._by_path.get(scope.get("path", "").strip("/").partition("/")[0])
        if part is not None:
            await part(scope, receive, send)
        elif scope["type"] == "http":
            await self._web(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
