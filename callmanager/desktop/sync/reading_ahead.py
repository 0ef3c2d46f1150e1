"""Reads the next page on a thread of its own while the one before is being written. Knows no server."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future

from callmanager.desktop.wire import Page
from callmanager.domain.errors import CallManagerError


def read_ahead(read: Callable[[], Page]) -> Callable[[], Page]:
    """Begin to read; what is returned waits for the page, or raises what reading raised.

    Nobody has to wait: the thread holds up no end of the program.
    """
    coming: Future[Page] = Future()

    def work() -> None:
        try:
            coming.set_result(read())
        except CallManagerError as error:
            coming.set_exception(error)
        finally:
            coming.cancel()  # does nothing but after a mistake of ours, for which nobody shall wait for ever

    threading.Thread(target=work, name="desktop-next-page", daemon=True).start()
    return coming.result
