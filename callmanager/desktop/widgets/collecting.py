"""Runs Python's garbage collection in Tk's own thread only.

Tk's variables, fonts and images speak to Tk when they are collected. From another thread that waits for the window, or
for ever when the window is gone: connecting to the server was seen to hang for 20 s by it.
"""

from __future__ import annotations

import gc
import tkinter

OFTEN_MILLISECONDS = 1_000
FULL_EVERY = 60
"""Every so many times the old objects are looked at too, which takes longer."""


def collect_in_window(root: tkinter.Misc, *, sets_aside: bool = True) -> None:
    """While `root` lives, garbage is collected here, between two events; call `collect_the_rest` when it is gone.

    `sets_aside`: what lives by now is not looked at while `root` lives. A program with one window after another does
    so once, before the first of them, and not here.
    """
    gc.disable()
    gc.collect()
    if sets_aside:
        gc.freeze()  # modules and what else lives for ever need not be looked at again
    turn, pending = 0, ""

    def collect() -> None:
        nonlocal turn, pending
        turn += 1
        gc.collect(2 if turn % FULL_EVERY == 0 else 1)
        pending = root.after(OFTEN_MILLISECONDS, collect)

    def stop(event: tkinter.Event[tkinter.Misc]) -> None:
        if event.widget is root:
            root.after_cancel(pending)
            if sets_aside:
                gc.unfreeze()

    pending = root.after(OFTEN_MILLISECONDS, collect)
    tkinter.Misc.bind(root, "<Destroy>", stop, add="+")


def collect_the_rest() -> None:
    """In the window's thread, after its end: what was Tk's goes here and not in a thread that works on."""
    gc.collect()
    gc.enable()
