"""The window of the laboratory's InterPhone: one field, Call, Hang up, a timer, keys, and the last numbers.

It shows a line and hands it what is typed and pressed; it decides nothing about calls.
"""

from __future__ import annotations

import time
import tkinter as tk
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from callmanager.softphones import CallState, EndCause
from callmanager.softphones.lab.interphone_line import REFUSED, LabLine
from callmanager.softphones.lab.interphone_words import LabWords

BAND, BAND_TEXT, BAND_QUIET = "#12355b", "#ffffff", "#b9cde4"
GROUND, SURFACE, KEY, KEY_DOWN, LINE = "#eef2f6", "#ffffff", "#ffffff", "#dbe4ee", "#c4d0dc"
TEXT, QUIET, BAD, GOOD = "#14202c", "#51606f", "#b3261e", "#1a6b34"
CALL, CALL_DOWN, HANG_UP, HANG_UP_DOWN, OFF, OFF_TEXT = "#1f7a3f", "#175c30", "#b3261e", "#8c1d17", "#d5dde5", "#7b8793"
DOT = "#5fd38a"

_KEYS = (
    *(("1", ""), ("2", "ABC"), ("3", "DEF"), ("4", "GHI"), ("5", "JKL"), ("6", "MNO")),
    *(("7", "PQRS"), ("8", "TUV"), ("9", "WXYZ"), ("*", ""), ("0", ""), ("#", "")),
)
_TICK_MILLISECONDS = 250
EDGE, TOP = 16, 80
"""Pixels that the window stays away from the edge of the screen, and from its upper one."""
MOST_DIGITS = 24
"""That the field takes."""


@dataclass(frozen=True, slots=True)
class Oddities:
    """What may be wrong with the window.

    without: parts that are missing (field, call, hang_up). most_digits: the field leaves out what comes after them.
    hangs, dies: what happens when Call is pressed, after the line has dialled.
    """

    without: frozenset[str] = frozenset()
    most_digits: int = MOST_DIGITS
    hangs: bool = False
    dies: bool = False


class PhoneWindow(tk.Toplevel):
    """One window on `line`. `parts` are the controls that there are, by name."""

    def __init__(
        self, root: tk.Tk, words: LabWords, line: LabLine, oddities: Oddities, pressed: Callable[[], None]
    ) -> None:
        super().__init__(root, background=GROUND)
        self.title(words.title)
        self.resizable(width=False, height=False)
        self._words = words
        self._line = line
        self._oddities = oddities
        self._pressed = pressed
        self._since: float | None = None
        self._number = tk.StringVar(self)
        self._state = tk.StringVar(self, words.ready)
        self._timer = tk.StringVar(self)
        self._recent = tk.StringVar(self, words.nobody)
        self.parts: dict[str, tk.Widget] = dict(self._build())
        self._number.trace_add("write", lambda *_: self._filter())
        self.bind("<Return>", lambda _event: self.call())
        self.refresh()
        self._tick()

    def stand_beside(self, number: int) -> None:
        """At the right edge of the screen, wholly on it and before other windows, each further to the left: on a small
        screen the agents' window takes up the rest."""
        self.update_idletasks()
        left = self.winfo_screenwidth() - (self.winfo_reqwidth() + EDGE) * (number + 1)
        lowest = self.winfo_screenheight() - self.winfo_reqheight() - EDGE
        self.geometry(f"+{max(0, left)}+{max(0, min(TOP, lowest))}")
        self.attributes("-topmost", True)
        self.lift()

    def read(self) -> str:
        return self._number.get()

    def write(self, text: str) -> None:
        """Put `text` into the field, as typed: what it does not take is left out."""
        self._number.set(text)

    def status(self) -> tuple[str, str]:
        """What the window says of the call, and its timer."""
        return self._state.get(), self._timer.get()

    def call(self) -> None:
        if self._line.call(self._number.get()):
            self._pressed()

    def hang_up(self) -> None:
        self._line.hang_up()

    def refresh(self) -> None:
        """Show the line as it is now."""
        up, words = self._line.is_up, self._words
        if self._line.state is CallState.CONNECTED and self._since is None:
            self._since = time.monotonic()
        elif not up:
            self._since = None
        self._state.set(_said(self._line.state, self._line.cause, words))
        self._recent.set("\n".join(_spaced(number) for number in self._line.recent) or words.nobody)
        self._light("call", on=not up, colour=CALL)
        self._light("hang_up", on=up, colour=HANG_UP)
        self.parts["state"].configure(foreground=_colour(self._line))  # type: ignore[call-arg]
        self._show_time()

    def _build(self) -> Iterator[tuple[str, tk.Widget]]:
        self._build_band()
        body = tk.Frame(self, background=GROUND, padx=16, pady=12)
        body.pack(fill="both", expand=True)
        if "field" not in self._oddities.without:
            yield "field", self._build_field(body)
        yield from self._build_status(body)
        self._build_keys(body)
        yield from self._build_buttons(body)
        self._build_foot(body)

    def _build_band(self) -> None:
        band = tk.Frame(self, background=BAND, padx=16, pady=10)
        band.pack(fill="x")
        tk.Label(band, text="InterPhone", background=BAND, foreground=BAND_TEXT, font=_font(15, "bold")).pack(
            side="left"
        )
        tk.Label(band, text=self._words.line, background=BAND, foreground=BAND_QUIET, font=_font(10)).pack(side="right")
        dot = tk.Canvas(band, width=12, height=12, background=BAND, highlightthickness=0)
        dot.create_oval(2, 2, 10, 10, fill=DOT, outline="")
        dot.pack(side="right", padx=(0, 6))

    def _build_field(self, body: tk.Frame) -> tk.Entry:
        field = tk.Entry(body, textvariable=self._number, font=_font(20), justify="center", width=16, relief="flat")
        field.configure(background=SURFACE, foreground=TEXT, insertbackground=TEXT)
        field.configure(highlightthickness=1, highlightbackground=LINE, highlightcolor=BAND)
        field.pack(fill="x", ipady=6)
        field.focus_set()
        return field

    def _build_status(self, body: tk.Frame) -> Iterator[tuple[str, tk.Widget]]:
        row = tk.Frame(body, background=GROUND)
        row.pack(fill="x", pady=(8, 10))
        state = tk.Label(row, textvariable=self._state, background=GROUND, foreground=QUIET, font=_font(10))
        state.pack(side="left")
        yield "state", state
        timer = tk.Label(row, textvariable=self._timer, background=GROUND, foreground=TEXT, font=_font(11, "bold"))
        timer.pack(side="right")
        yield "timer", timer

    def _build_keys(self, body: tk.Frame) -> None:
        keys = tk.Frame(body, background=GROUND)
        keys.pack(fill="x")
        for place, (digit, letters) in enumerate(_KEYS):
            keys.columnconfigure(place % 3, weight=1, uniform="keys")
            key = tk.Frame(keys, background=KEY, highlightthickness=1, highlightbackground=LINE)
            key.grid(row=place // 3, column=place % 3, sticky="nsew", padx=3, pady=3)
            labels = (key, *self._key_labels(key, digit, letters))
            for part in labels:
                part.bind("<Button-1>", lambda _event, digit=digit: self._key(digit))  # type: ignore[misc]

    def _key_labels(self, key: tk.Frame, digit: str, letters: str) -> tuple[tk.Label, tk.Label]:
        large = tk.Label(key, text=digit, background=KEY, foreground=TEXT, font=_font(14))
        large.pack(pady=(3, 0))
        small = tk.Label(key, text=letters, background=KEY, foreground=QUIET, font=_font(7))
        small.pack(pady=(0, 3))
        return large, small

    def _build_buttons(self, body: tk.Frame) -> Iterator[tuple[str, tk.Widget]]:
        row = tk.Frame(body, background=GROUND)
        row.pack(fill="x", pady=(10, 12))
        looks = {"call": (self._words.call, CALL_DOWN, self.call)}
        looks["hang_up"] = (self._words.hang_up, HANG_UP_DOWN, self.hang_up)
        for place, (name, (caption, down, act)) in enumerate(looks.items()):
            row.columnconfigure(place, weight=1, uniform="buttons")
            if name in self._oddities.without:
                continue
            button = tk.Button(row, text=caption, command=act, font=_font(12, "bold"), relief="flat", borderwidth=0)
            button.configure(activebackground=down, activeforeground=BAND_TEXT, disabledforeground=OFF_TEXT, pady=8)
            button.configure(foreground=BAND_TEXT, highlightthickness=0, cursor="hand2")
            button.grid(row=0, column=place, sticky="nsew", padx=3)
            yield name, button

    def _build_foot(self, body: tk.Frame) -> None:
        tk.Label(body, text=self._words.recent, background=GROUND, foreground=TEXT, font=_font(9, "bold")).pack(
            anchor="w"
        )
        recent = tk.Label(body, textvariable=self._recent, background=GROUND, foreground=QUIET, font=_font(10))
        recent.configure(justify="left", height=4, anchor="nw")
        recent.pack(fill="x")
        tk.Label(body, text=self._words.lesson, background=GROUND, foreground=QUIET, font=_font(8)).pack(anchor="w")

    def _key(self, digit: str) -> None:
        if not self._line.is_up:
            self._number.set(self._number.get() + digit)

    def _filter(self) -> None:
        """The field takes so many digits and nothing else: the rest is left out, whoever put it there."""
        text = self._number.get()
        taken = "".join(sign for sign in text if sign in "0123456789*#")[: self._oddities.most_digits]
        if taken != text:
            self._number.set(taken)

    def _light(self, name: str, *, on: bool, colour: str) -> None:
        button = self.parts.get(name)
        if isinstance(button, tk.Button):
            button.configure(state="normal" if on else "disabled", background=colour if on else OFF)

    def _tick(self) -> None:
        self._show_time()
        self.after(_TICK_MILLISECONDS, self._tick)

    def _show_time(self) -> None:
        seconds = None if self._since is None else int(time.monotonic() - self._since)
        self._timer.set("" if seconds is None else f"{seconds // 60:02}:{seconds % 60:02}")


def _said(state: CallState | None, cause: EndCause | str, words: LabWords) -> str:
    if state is not None:
        return {CallState.DIALING: words.dialing, CallState.RINGING: words.ringing}.get(state, words.connected)
    said: dict[EndCause | str, str] = {
        "": words.ready,
        REFUSED: words.refused,
        EndCause.BUSY: words.busy,
        EndCause.NO_ANSWER: words.unanswered,
        EndCause.UNREACHABLE: words.unreachable,
        EndCause.REJECTED: words.unreachable,
    }
    return said.get(cause, words.ended)


def _colour(line: LabLine) -> str:
    if line.is_up:
        return GOOD
    return BAD if line.cause in {REFUSED, EndCause.BUSY, EndCause.UNREACHABLE, EndCause.REJECTED} else QUIET


def _spaced(number: str) -> str:
    """As people read it: 5123-4567."""
    return f"{number[:4]}-{number[4:]}" if len(number) == 8 else number


def _font(size: int, weight: str = "normal") -> tuple[str, int, str]:
    return ("Segoe UI", size, weight)
