"""Notices, the line at the bottom, the two panes, focus and buttons, as real widgets on a real screen."""

from __future__ import annotations

import tkinter
from typing import Any

import customtkinter
import pytest

from callmanager.desktop import theme
from callmanager.desktop.widgets.buttons import Button
from callmanager.desktop.widgets.dialog import Dialog, OneDialog
from callmanager.desktop.widgets.fields import LongTextField, TextField
from callmanager.desktop.widgets.focusing import focus_on
from callmanager.desktop.widgets.panes import MAIN_LEAST, SIDE_LEAST, SidePanes
from callmanager.desktop.widgets.scrolling import ScrollFrame
from callmanager.desktop.widgets.status_bar import Cell, StatusBar
from callmanager.desktop.widgets.styling import Styling
from callmanager.desktop.widgets.toast import MOST, ToastStack
from tests.window.conftest import Screen
from tests.window.pressing import focused


@pytest.fixture
def dressed(screen: Screen) -> Screen:
    Styling(screen.root).apply("light", 100)
    screen.root.focus_force()
    screen.settle()
    return screen


def press(screen: Screen, widget: Any, key: str) -> None:
    tkinter.Misc.focus_force(widget)
    screen.settle()
    focused(widget).event_generate(f"<{key}>")
    screen.settle()


class TestToasts:
    def test_a_notice_leaves_the_focus_where_it_is(self, dressed: Screen) -> None:
        entry = tkinter.Entry(dressed.root)
        entry.pack()
        entry.focus_force()
        dressed.settle()
        ToastStack(dressed.root).show("Saved.", action_label="Undo", action=lambda: None)
        dressed.settle()
        assert dressed.root.focus_get() is entry

    def test_an_action_is_done_once_and_its_notice_goes(self, dressed: Screen) -> None:
        stack, done = ToastStack(dressed.root), []
        toast = stack.show("Saved.", action_label="Undo", action=lambda: done.append(1))
        assert toast._action is not None
        toast._action.invoke()
        dressed.settle()
        assert (done, stack.count) == ([1], 0)

    def test_the_oldest_leaves_and_the_newest_is_the_lowest(self, dressed: Screen) -> None:
        stack = ToastStack(dressed.root)
        toasts = [stack.show(f"Notice {number}", is_error=True) for number in range(MOST + 2)]
        dressed.settle()
        assert stack.count == MOST
        assert [bool(toast.winfo_exists()) for toast in toasts] == [False] * 2 + [True] * MOST
        tops = [toast.winfo_rooty() for toast in toasts[2:]]
        assert tops == sorted(tops)
        bottom = dressed.root.winfo_rooty() + dressed.root.winfo_height()
        assert toasts[-1].winfo_rooty() + toasts[-1].winfo_height() <= bottom

    def test_seconds_run_out_but_an_error_stays(self, dressed: Screen) -> None:
        stack = ToastStack(dressed.root)
        plain, error = stack.show("Saved."), stack.show("Not saved.", is_error=True)
        for _second in range(10):
            if plain.winfo_exists():
                plain._tick()
                error._tick()
        assert not plain.winfo_exists()
        assert error.winfo_exists()
        stack.close_all()
        assert stack.count == 0

    def test_it_stands_above_what_belongs_to_the_lower_edge(self, dressed: Screen) -> None:
        toast = ToastStack(dressed.root, above=lambda: 200).show("Saved.", is_error=True)
        dressed.settle()
        bottom = dressed.root.winfo_rooty() + dressed.root.winfo_height()
        assert toast.winfo_rooty() + toast.winfo_height() <= bottom - 200


class TestStatusBar:
    CELLS = (Cell("state", 10), Cell("waiting", 8), Cell("server", 1, "right"))

    def bar(self, screen: Screen, width: int) -> StatusBar:
        place = tkinter.Frame(screen.root, width=width, height=40)
        place.pack()
        place.pack_propagate(False)
        bar = StatusBar(place, self.CELLS)
        bar.pack(fill="x")
        screen.settle()
        return bar

    def test_an_empty_cell_takes_no_place(self, dressed: Screen) -> None:
        bar = self.bar(dressed, 600)
        bar.show({"state": "Live", "waiting": "", "server": "pc:5000"})
        dressed.settle()
        assert [bar.is_shown(cell.name) for cell in self.CELLS] == [True, False, True]
        assert bar.text_of("waiting") == ""

    def test_what_matters_least_makes_way_first_and_the_state_never(self, dressed: Screen) -> None:
        bar = self.bar(dressed, 150)
        bar.show({"state": "No connection", "waiting": "3 to send", "server": "10.0.0.1:5000"})
        dressed.settle()
        assert bar.is_shown("state")
        assert not bar.is_shown("server")
        bar.master.configure(width=600)
        dressed.settle()
        dressed.settle()
        assert bar.is_shown("server")

    def test_a_cell_with_a_command_is_pressed_by_key(self, dressed: Screen) -> None:
        pressed: list[int] = []
        bar = StatusBar(dressed.root, [Cell("refused", 1, press=lambda: pressed.append(1))])
        bar.pack(fill="x")
        bar.show({"refused": "1 need attention"})
        dressed.settle()
        press(dressed, bar._shown["refused"], "space")
        assert pressed == [1]


class TestPanes:
    def panes(self, screen: Screen, width: int, share: object = 0.4) -> tuple[SidePanes, list[float]]:
        told: list[float] = []
        screen.root.geometry(f"{width}x400")
        panes = SidePanes(screen.root, share, told.append)
        panes.pack(fill="both", expand=True)
        panes.fill(customtkinter.CTkFrame(panes), customtkinter.CTkFrame(panes))
        screen.until(lambda: panes.winfo_width() == width)
        return panes, told

    def test_the_side_stands_beside_the_main_part_with_its_share(self, dressed: Screen) -> None:
        panes, _told = self.panes(dressed, 1200)
        assert not panes._side.winfo_viewable()
        panes.show_side(is_wanted=True)
        dressed.until(panes._side.winfo_viewable)
        assert abs(panes._side.winfo_width() - 480) < 12
        assert panes._main.winfo_viewable()
        panes.show_side(is_wanted=False)
        dressed.until(lambda: panes._main.winfo_width() == 1200)

    def test_without_room_for_both_the_side_takes_the_place(self, dressed: Screen) -> None:
        panes, _told = self.panes(dressed, MAIN_LEAST + SIDE_LEAST - 40)
        panes.show_side(is_wanted=True)
        dressed.until(panes._side.winfo_viewable)
        assert panes.is_side_alone
        assert not panes._main.winfo_viewable()
        dressed.root.geometry("1200x400")
        dressed.until(lambda: panes._main.winfo_viewable() and panes._side.winfo_viewable())
        panes.show_side(is_wanted=False)
        dressed.until(lambda: not panes._side.winfo_viewable())
        assert panes._main.winfo_viewable()

    def test_the_sash_moves_by_command_and_is_remembered_within_bounds(self, dressed: Screen) -> None:
        panes, told = self.panes(dressed, 1200)
        panes.move_sash(0.1)
        assert told == [], "nothing to move while the side is not there"
        panes.show_side(is_wanted=True)
        panes.move_sash(0.1)
        dressed.settle()
        assert told == [pytest.approx(0.5, abs=0.01)]
        for _press in range(20):
            panes.move_sash(0.1)
        dressed.settle()
        assert panes._main.winfo_width() >= MAIN_LEAST - 1
        assert panes._side.winfo_viewable()

    @pytest.mark.parametrize("share", [None, "wide", 7.0, 0.0])
    def test_a_share_that_makes_no_sense_is_not_used(self, dressed: Screen, share: object) -> None:
        panes, _told = self.panes(dressed, 1200, share)
        assert 0.3 < panes.share < 0.6


def border(widget: Any) -> Any:
    return tuple(widget.cget("border_color"))


class TestFocus:
    def test_a_field_shows_that_one_writes_in_it_also_after_it_was_checked(self, dressed: Screen) -> None:
        for made in (TextField(dressed.root, "Name"), LongTextField(dressed.root, "Note")):
            made.pack()
            dressed.settle()
            assert border(made.field) == theme.LINE
            focus_on(made.field)
            dressed.until(lambda field=made.field: border(field) == theme.LINK)
            made.complain("")
            assert border(made.field) == theme.LINK
            made.complain("Wrong")
            dressed.root.focus_force()
            dressed.until(lambda field=made.field: border(field) == theme.BAD)
            made.complain("")
            assert border(made.field) == theme.LINE

    def test_text_that_is_pasted_or_cut_is_told_at_once(self, dressed: Screen) -> None:
        told: list[str] = []
        field = TextField(dressed.root, "Name", "Ana", told.append)
        field.pack()
        field.field._entry.insert("end", " Mora")
        field.put("Luis")
        assert told == ["Ana Mora"]

    def test_a_focused_button_leaves_the_key_of_a_command_to_its_window(self, dressed: Screen) -> None:
        done: list[str] = []
        button = Button(dressed.root, "Busy", lambda: done.append("pressed"))
        button.pack()
        binding = dressed.root.bind("<Control-Return>", lambda _event: done.append("command"))
        for key in ("Return", "Control-Return"):
            press(dressed, button, key)
        dressed.root.unbind("<Control-Return>", binding)
        assert done == ["pressed", "command"]

    def test_a_button_that_is_off_has_no_accent_left(self, dressed: Screen) -> None:
        button = Button(dressed.root, "Save", lambda: None, kind="main")
        button.pack()
        tkinter.Misc.focus_force(button)
        dressed.until(lambda: border(button) == theme.TEXT)
        button.allow(False)
        assert border(button) == theme.RAISED
        dressed.root.focus_force()
        dressed.settle()
        assert border(button) == theme.RAISED
        button.allow(True)
        assert border(button) == theme.ACCENT


class TestDialogs:
    def test_a_window_that_goes_on_while_a_question_comes_asks_it_once(self, dressed: Screen) -> None:
        question, made = OneDialog(), list[Dialog]()

        def make() -> Dialog:
            made.append(Dialog(dressed.root, "¿?"))
            dressed.root.after(0, lambda: question.show(make))  # what the bus brings while the dialog comes
            made[-1].open()
            return made[-1]

        question.show(make)
        dressed.settle()
        assert len(made) == 1
        assert question.is_open
        question.close()
        assert not question.is_open
        question.show(make)
        assert len(made) == 2
        question.close()

    def test_the_focus_has_left_it_for_where_it_was_before_it_goes(self, dressed: Screen) -> None:
        entry = tkinter.Entry(dressed.root)
        entry.pack()
        dressed.settle()
        focus_on(entry)
        dialog, seen = Dialog(dressed.root, "¿?"), list[str]()
        button = dialog.add_button("Sí", dialog.close, kind="main")
        button.bind("<Destroy>", lambda _event: seen.append(str(dressed.root.tk.call("focus"))))
        dialog.open()
        dressed.until(lambda: dialog.grab_current() is dialog and dressed.root.focus_get() is button)
        dialog.close()
        assert set(seen) == {str(entry)}


def test_what_scrolls_comes_to_rest_before_it_has_its_place_whatever_its_content_asks_for(dressed: Screen) -> None:
    """As when the window is built anew with a contact open: labels fold to the width and thereby ask for another."""
    frame = ScrollFrame(dressed.root)
    content = tkinter.Frame(frame.inside, width=216, height=20)
    content.pack(fill="x")
    widths: list[int] = []

    def fold(event: tkinter.Event[tkinter.Misc]) -> None:
        widths.append(event.width)
        if len(widths) < 100:
            content.configure(**({"width": 261, "height": 40} if event.width < 240 else {"width": 216, "height": 20}))

    content.bind("<Configure>", fold)
    dressed.root.update_idletasks()
    frame.pack(fill="both", expand=True)
    dressed.settle()
    assert len(widths) < 100
    assert widths[-1] == frame._view.winfo_width() > 1000


@pytest.mark.parametrize("scale", [100, 150])
def test_what_scrolls_has_the_same_width_with_the_bar_and_without(screen: Screen, scale: int) -> None:
    """Buttons that need one line more beside the bar, and one less without it, hung the window up."""
    Styling(screen.root).apply("light", scale)
    place = tkinter.Frame(screen.root, width=400, height=200)
    place.pack_propagate(False)
    place.pack()
    frame = ScrollFrame(place, is_fitting=True)
    frame.pack(fill="both", expand=True)
    content = tkinter.Frame(frame.inside, height=10)
    content.pack(fill="x")
    screen.settle()
    assert not frame._bar.winfo_ismapped()
    alone = content.winfo_width()
    content.configure(height=900)
    screen.until(frame._bar.winfo_ismapped)
    assert content.winfo_width() == alone
    assert frame._bar.winfo_x() >= alone
