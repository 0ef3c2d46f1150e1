"""The table of any number of rows, with keyboard and mouse, on a real screen."""

from __future__ import annotations

import pytest

from callmanager.desktop.widgets.styling import Styling
from callmanager.desktop.widgets.table_look import TableLook
from callmanager.desktop.widgets.virtual_table import Column, Row, VirtualTable
from tests.window.conftest import Screen
from tests.window.pressing import focused

MANY = 100_000


class Sheet:
    """Rows by their ids, and the table that shows them."""

    def __init__(self, screen: Screen) -> None:
        self.ids: list[int] = list(range(1, MANY + 1))
        self.words: dict[int, str] = {}
        self.fetched: list[tuple[int, int]] = []
        Styling(screen.root)
        self.table = VirtualTable(screen.root, self.fetch, TableLook(screen.root, {"red": ("#ff0000", "#ff0000")}))
        self.table.pack(fill="both", expand=True)
        self.table.set_columns([Column("note", "Note", 90, False), Column("name", "Name", 300)])
        self.selected: list[int | None] = []
        self.opened: list[int] = []
        self.sorted: list[str] = []
        self.typed: list[str] = []
        self.table.on_select, self.table.on_open = self.selected.append, self.opened.append
        self.table.on_sort, self.table.on_type = self.sorted.append, self.typed.append
        self.screen = screen
        self.show()
        screen.settle()
        self.table.tree.focus_force()
        screen.until(lambda: len(self.table.shown) > 5)

    def fetch(self, offset: int, limit: int) -> list[Row]:
        self.fetched.append((offset, limit))
        chosen = self.ids[offset : offset + limit]
        return [Row(n, {"name": self.words.get(n, f"Contact {n}"), "note": "n" * 60}, "red") for n in chosen]

    def show(self) -> None:
        places = {number: place for place, number in enumerate(self.ids)}
        self.table.show(len(self.ids), position_of=places.get)

    def press(self, *keys: str) -> None:
        for key in keys:
            focused(self.table.tree).event_generate(key)
        self.table.draw()
        self.screen.settle()

    def chosen_text(self) -> str:
        """What stands in the row that the eye sees as chosen."""
        chosen = self.table.tree.selection()
        return str(self.table.tree.set(chosen[0], "name")) if chosen else ""


@pytest.fixture
def sheet(screen: Screen) -> Sheet:
    return Sheet(screen)


def test_a_hundred_thousand_rows_need_few_items_and_few_questions(sheet: Sheet) -> None:
    assert len(sheet.table.tree.get_children()) < 40
    sheet.fetched.clear()
    sheet.press("<End>")
    assert sheet.table.shown[-1].id == MANY
    assert len(sheet.table.tree.get_children()) < 40
    assert len(sheet.fetched) <= 3
    assert max(limit for _offset, limit in sheet.fetched) < 40


def test_the_keyboard_moves_by_rows_pages_and_ends(sheet: Sheet) -> None:
    size = sheet.table.page_size
    sheet.press("<Down>")
    assert sheet.table.selected == 1
    sheet.press("<Down>", "<Down>", "<Up>")
    assert (sheet.table.selected, sheet.chosen_text()) == (2, "Contact 2")
    sheet.press("<Next>")
    assert sheet.table.selected == 2 + size
    assert sheet.chosen_text() == f"Contact {2 + size}"
    sheet.press("<Prior>", "<Prior>")
    assert sheet.table.selected == 1
    sheet.press("<End>")
    assert (sheet.table.selected, sheet.chosen_text()) == (MANY, f"Contact {MANY}")
    sheet.press("<Home>")
    assert (sheet.table.selected, sheet.table.top) == (1, 0)
    sheet.press("<Return>")
    assert sheet.opened == [1]


def test_the_choice_stays_with_its_row_when_rows_come_above_it(sheet: Sheet) -> None:
    sheet.table.scroll_to(500)
    sheet.table.draw()
    sheet.table.go_to(505)
    sheet.press()
    chosen, before = sheet.table.selected, [row.id for row in sheet.table.shown]
    sheet.ids[0:0] = range(MANY + 1, MANY + 51)
    sheet.show()
    sheet.press()
    assert sheet.table.selected == chosen == 506
    assert [row.id for row in sheet.table.shown] == before, "what is on the screen stays where it was"
    assert sheet.chosen_text() == "Contact 506"
    sheet.press("<Down>")
    assert sheet.table.selected == 507


def test_at_the_very_top_new_rows_are_seen(sheet: Sheet) -> None:
    sheet.ids.insert(0, MANY + 1)
    sheet.show()
    sheet.press()
    assert sheet.table.shown[0].id == MANY + 1


def test_the_choice_is_kept_out_of_sight_and_marks_no_other_row(sheet: Sheet) -> None:
    sheet.table.go_to(3)
    sheet.press()
    sheet.table.scroll(1000)
    sheet.press()
    assert (sheet.table.selected, sheet.chosen_text()) == (4, "")
    sheet.table.scroll_to(0)
    sheet.press()
    assert sheet.chosen_text() == "Contact 4"


def test_a_choice_that_is_taken_back_at_once_does_not_come_back(sheet: Sheet) -> None:
    """Tk tells of a chosen row later, and of our own choices as well: by then another search may have ended them."""
    sheet.table.select(3, 2)
    sheet.table.draw()
    sheet.ids = [MANY]
    sheet.table.select(None)
    sheet.show()
    sheet.screen.settle()
    assert (sheet.table.selected, sheet.selected) == (None, [3, None])
    sheet.table.focus_table()
    sheet.press("<Return>")
    assert sheet.opened == [MANY]


def test_a_choice_that_is_changed_at_once_stays_the_last_one(sheet: Sheet) -> None:
    sheet.table.select(3, 2)
    sheet.table.draw()
    sheet.table.select(5, 4)
    sheet.screen.settle()
    assert (sheet.table.selected, sheet.selected) == (5, [3, 5])


def test_a_row_that_says_something_else_does_not_move_the_scroll(sheet: Sheet) -> None:
    sheet.table.scroll_to(700)
    sheet.press()
    sheet.words[705] = "Another name"
    sheet.show()
    sheet.press()
    assert sheet.table.top == 700
    texts = [sheet.table.tree.set(item, "name") for item in sheet.table.tree.get_children()]
    assert texts[4] == "Another name"


def test_many_wishes_to_draw_are_one_drawing(sheet: Sheet) -> None:
    sheet.fetched.clear()
    for _ in range(200):
        sheet.table.redraw()
    sheet.screen.until(lambda: sheet.fetched)
    assert len(sheet.fetched) == 1


def test_a_click_chooses_and_a_double_click_opens(sheet: Sheet) -> None:
    box = sheet.table.tree.bbox(sheet.table.tree.get_children()[3])
    x, y = box[0] + 60, box[1] + 5
    for event in ("<ButtonPress-1>", "<ButtonRelease-1>"):
        sheet.table.tree.event_generate(event, x=x, y=y)
    sheet.screen.until(lambda: sheet.table.selected == 4)
    assert sheet.selected == [4]
    for time in (5_000, 5_100):
        sheet.table.tree.event_generate("<ButtonPress-1>", x=x, y=y, time=time)
        sheet.table.tree.event_generate("<ButtonRelease-1>", x=x, y=y, time=time + 10)
    sheet.screen.until(lambda: sheet.opened == [4])


def test_the_wheel_scrolls_and_stops_at_both_ends(sheet: Sheet) -> None:
    sheet.press("<Button-5>", "<Button-5>")
    assert sheet.table.top == 6
    sheet.press("<Button-4>", "<Button-4>", "<Button-4>")
    assert sheet.table.top == 0
    sheet.table.scroll_to(MANY)
    sheet.press("<Button-5>")
    assert sheet.table.shown[-1].id == MANY


def test_letters_are_handed_on_and_digits_are_not(sheet: Sheet) -> None:
    sheet.press("<a>", "<Key-5>", "<Control-b>", "<Shift-M>")
    assert sheet.typed == ["a", "M"]


def test_headings_sort_only_where_one_can(sheet: Sheet) -> None:
    heading = sheet.table.tree.heading
    sheet.table.tree.tk.call(heading("name")["command"])
    assert sheet.sorted == ["name"]
    assert not heading("note")["command"]
    sheet.table.set_columns([Column("name", "Name", 300)], sort="name", descending=True)
    assert heading("name")["text"] == "Name ▼"


def test_a_dragged_heading_is_told_once_in_pixels_at_100_percent(sheet: Sheet) -> None:
    told: list[dict[str, int]] = []
    sheet.table.on_resize = told.append
    sheet.table.tree.column("name", width=200)
    sheet.table.note_widths()
    sheet.table.note_widths()
    assert told == [{"name": 200, "note": 90}]


def test_the_last_column_takes_what_the_others_leave_and_gives_it_back(sheet: Sheet) -> None:
    told: list[dict[str, int]] = []
    sheet.table.on_resize = told.append
    tree = sheet.table.tree
    columns = ("#0", "note", "name")
    assert sum(tree.column(name, "width") for name in columns) == tree.winfo_width() > 1_300
    tree.column("note", width=190)
    sheet.table.note_widths()
    assert sum(tree.column(name, "width") for name in columns) == tree.winfo_width()
    assert told == [{"name": 300, "note": 190}], "what it takes is not remembered as its own"
    sheet.screen.root.geometry("420x400")
    sheet.screen.until(lambda: tree.column("name", "width") == 300)


def test_a_cut_cell_shows_its_whole_text_beside_the_mouse(sheet: Sheet) -> None:
    item = sheet.table.tree.get_children()[0]
    note, name = sheet.table.tree.bbox(item, "note"), sheet.table.tree.bbox(item, "name")
    assert sheet.table.cut_text(note[0] + 5, note[1] + 5) == "n" * 60
    assert sheet.table.cut_text(name[0] + 5, name[1] + 5) == ""


def test_an_empty_table_answers_every_key(sheet: Sheet) -> None:
    sheet.table.select(5, 4)
    sheet.ids = []
    sheet.show()
    sheet.table.say("Nothing here", "Do this")
    sheet.press("<Down>", "<End>", "<Next>", "<Home>", "<Up>", "<Button-5>")
    assert sheet.table.shown == []
    assert sheet.table.tree.get_children() == ()
