"""Makes CustomTkinter, ttk and Tk's menus look alike: colours, fonts and sizes for theme and scale.

CustomTkinter draws its own widgets; what is of ttk or Tk is dressed here, and again when theme, scale or screen change.
"""

from __future__ import annotations

import tkinter
from collections.abc import Callable
from tkinter import font as tkfont
from tkinter import ttk
from typing import Any

import customtkinter

from callmanager.desktop import theme
from callmanager.desktop.observing import Signal
from callmanager.desktop.theme import Colour

_BUTTON = {
    "fg_color": theme.ACCENT,
    "hover_color": theme.ACCENT_HOVER,
    "text_color": theme.ON_ACCENT,
    "text_color_disabled": theme.DISABLED,
    "border_color": theme.ACCENT,
    "corner_radius": 6,
}
_FIELD = {"fg_color": theme.SURFACE, "border_color": theme.LINE, "text_color": theme.TEXT, "border_width": 2}
_MARK = {
    "fg_color": theme.ACCENT,
    "hover_color": theme.ACCENT_HOVER,
    "border_color": theme.QUIET,
    "text_color": theme.TEXT,
    "text_color_disabled": theme.DISABLED,
}
_LOOKS: dict[str, dict[str, object]] = {
    "CTk": {"fg_color": theme.GROUND},
    "CTkToplevel": {"fg_color": theme.GROUND},
    "CTkFrame": {"fg_color": theme.SURFACE, "top_fg_color": theme.SURFACE, "border_color": theme.LINE},
    "CTkButton": dict(_BUTTON),
    "CTkLabel": {"text_color": theme.TEXT},
    "CTkEntry": {**_FIELD, "placeholder_text_color": theme.QUIET},
    "CTkTextbox": {**_FIELD, "scrollbar_button_color": theme.LINE, "scrollbar_button_hover_color": theme.QUIET},
    "CTkCheckBox": {**_MARK, "checkmark_color": theme.ON_ACCENT},
    "CTkRadioButton": dict(_MARK),
    "CTkSwitch": {"progress_color": theme.ACCENT, "text_color": theme.TEXT, "fg_color": theme.LINE},
    "CTkOptionMenu": {
        "fg_color": theme.RAISED,
        "button_color": theme.RAISED,
        "button_hover_color": theme.LINE,
        "text_color": theme.TEXT,
        "text_color_disabled": theme.DISABLED,
    },
    "CTkProgressBar": {"fg_color": theme.RAISED, "progress_color": theme.ACCENT, "border_color": theme.LINE},
    "CTkScrollbar": {"button_color": theme.LINE, "button_hover_color": theme.QUIET},
    "CTkScrollableFrame": {"label_fg_color": theme.RAISED},
    "DropdownMenu": {"fg_color": theme.SURFACE, "hover_color": theme.SELECTION, "text_color": theme.TEXT},
}


class Styling:
    """One per root window. `changed` tells those who draw by themselves (tags of a table, menus) to do it anew."""

    def __init__(self, root: customtkinter.CTk) -> None:
        self._root = root
        self.changed: Signal[[]] = Signal()
        self._style = ttk.Style(root)
        self._style.theme_use("clam")  # the one of Tk's own that takes colours on every system
        _dress_customtkinter(root)
        keep_focus(root)
        self._watch_screen()
        self._dress()

    def apply(self, appearance: str, scale: int) -> None:
        """Show everything in a theme of theme.APPEARANCES at `scale` percent of what the screen asks for."""
        customtkinter.set_appearance_mode(appearance)
        if customtkinter.ScalingTracker.widget_scaling != scale / 100:
            customtkinter.set_widget_scaling(scale / 100)
        self._dress()

    def _watch_screen(self) -> None:
        """CustomTkinter notices a system that turns dark, and a screen with another density."""
        tracker, scaling = customtkinter.AppearanceModeTracker, customtkinter.ScalingTracker

        def dress(*_what: object) -> None:
            self._dress()

        tracker.add(dress, self._root)
        scaling.add_widget(dress, self._root)

        def forget(event: tkinter.Event[tkinter.Misc]) -> None:
            if event.widget is self._root:
                tracker.remove(dress)

        tkinter.Misc.bind(self._root, "<Destroy>", forget, add="+")

    def _dress(self) -> None:
        if not self._root.winfo_exists():
            return
        size = pixels(self._root)
        self._root.configure(fg_color=theme.GROUND)
        self._style.configure(".", background=now(theme.SURFACE), foreground=now(theme.TEXT), borderwidth=0)
        self._dress_table(size)
        self._dress_scrollbars(size)
        _dress_menus(self._root)
        self.changed.emit()

    def _dress_table(self, size: Callable[[float], int]) -> None:
        surface, text, font = now(theme.SURFACE), now(theme.TEXT), font_of(self._root, theme.TEXT_SIZE)
        self._style.configure(
            "Treeview",
            background=surface,
            fieldbackground=surface,
            foreground=text,
            **dict.fromkeys(("bordercolor", "lightcolor", "darkcolor"), now(theme.LINE)),
            rowheight=max(size(theme.ROW_HEIGHT), tkfont.Font(self._root, font=font).metrics("linespace") + 4),
            font=font,
        )
        self._style.map(
            "Treeview", background=[("selected", now(theme.SELECTION))], foreground=[("selected", now(theme.TEXT))]
        )
        heading = {"background": now(theme.RAISED), "foreground": text, "bordercolor": now(theme.LINE)}
        self._style.configure(
            "Treeview.Heading",
            font=font_of(self._root, theme.SMALL_SIZE, "bold"),
            relief="flat",
            padding=(size(6), size(4)),
            **heading,
        )
        self._style.map("Treeview.Heading", background=[("active", now(theme.LINE))])
        self._style.configure("TSeparator", background=now(theme.LINE))
        self._style.configure("TPanedwindow", background=now(theme.LINE))
        self._style.configure("Sash", sashthickness=size(6), background=now(theme.LINE))

    def _dress_scrollbars(self, size: Callable[[float], int]) -> None:
        """Flat, without arrows: a thumb in its trough."""
        for way, stretch in (("Vertical", "ns"), ("Horizontal", "we")):
            name = f"{way}.TScrollbar"
            thumb: Any = (f"{way}.Scrollbar.thumb", {"expand": True, "sticky": "nswe"})
            trough: Any = (f"{way}.Scrollbar.trough", {"sticky": stretch, "children": [thumb]})
            self._style.layout(name, [trough])
            self._style.configure(
                name,
                background=now(theme.LINE),
                troughcolor=now(theme.SURFACE),
                arrowsize=size(theme.BAR_WIDTH),
                gripcount=0,
                **dict.fromkeys(("bordercolor", "lightcolor", "darkcolor"), now(theme.SURFACE)),
            )
            self._style.map(
                name,
                background=[("disabled", now(theme.SURFACE)), ("active", now(theme.QUIET))],
            )


def now(colour: Colour) -> str:
    """The colour of the pair that counts at this moment, for what is not of CustomTkinter."""
    return colour[customtkinter.AppearanceModeTracker.get_mode()]


def pixels(widget: tkinter.Misc) -> Callable[[float], int]:
    """How many pixels on this screen so many of the design are."""
    factor: float = customtkinter.ScalingTracker.get_widget_scaling(widget)
    return lambda length: round(length * factor)


def font_of(widget: tkinter.Misc, size: int, weight: str = "normal") -> tuple[str, int, str]:
    """A font for Tk's and ttk's own widgets, of the same look as CustomTkinter's of that size."""
    return family(widget), -pixels(widget)(size), weight


def family(widget: tkinter.Misc) -> str:
    """The system's own font for windows (Segoe UI on Windows)."""
    return str(tkfont.nametofont("TkDefaultFont", root=widget).actual("family"))


def keep_focus(widget: tkinter.Misc) -> None:
    """Undo what CustomTkinter does with each window: that any click takes the focus out of the field one types in."""
    tkinter.Misc.unbind_all(widget, "<Button-1>")


def dress_menu(menu: tkinter.Menu) -> None:
    """Give a menu the colours and the font of the moment."""
    menu.configure(
        background=now(theme.SURFACE),
        foreground=now(theme.TEXT),
        activebackground=now(theme.SELECTION),
        activeforeground=now(theme.TEXT),
        disabledforeground=now(theme.DISABLED),
        selectcolor=now(theme.TEXT),
        font=font_of(menu, theme.TEXT_SIZE),
        relief="solid",  # "flat" leaves the edge out, and a menu over text of its own colour has no end
        borderwidth=1,
        activeborderwidth=0,
    )


def _dress_menus(root: tkinter.Misc) -> None:
    waiting = list(root.winfo_children())
    while waiting:
        widget = waiting.pop()
        waiting += widget.winfo_children()
        if isinstance(widget, tkinter.Menu):
            dress_menu(widget)


def _dress_customtkinter(root: tkinter.Misc) -> None:
    looks = customtkinter.ThemeManager.theme
    for name, values in _LOOKS.items():
        looks[name].update({key: _plain(value) for key, value in values.items()})
    looks["CTkFont"].update(family=family(root), size=theme.TEXT_SIZE, weight="normal")


def _plain(value: object) -> object:
    return list(value) if isinstance(value, tuple) else value
