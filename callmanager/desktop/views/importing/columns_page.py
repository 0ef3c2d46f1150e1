"""The second page of the wizard: where each column goes, with its first values, and the saved mappings."""

from __future__ import annotations

import tkinter

import customtkinter

from callmanager.desktop import theme
from callmanager.desktop.models.importing.columns import SAMPLES, SKIP, ColumnLine
from callmanager.desktop.models.importing.wizard import ImportModel
from callmanager.desktop.models.listing.cells import show_number
from callmanager.desktop.views.importing.reading_fields import ReadingFields
from callmanager.desktop.views.kit import Kit
from callmanager.desktop.widgets.buttons import Button
from callmanager.desktop.widgets.choices import ChoiceField
from callmanager.desktop.widgets.fields import HEIGHT, TextField
from callmanager.desktop.widgets.table_look import TableLook
from callmanager.desktop.widgets.virtual_table import Column, Row, VirtualTable
from callmanager.domain.texts import N_

ROWS = 6
NAME_WIDTH, TARGET_WIDTH, SAMPLE_WIDTH = 165, 220, 130


class ColumnsPage(customtkinter.CTkFrame):
    """The columns are rows of a table; the chosen one is put into a field below."""

    def __init__(self, master: tkinter.Misc, model: ImportModel, kit: Kit) -> None:
        super().__init__(master, fg_color="transparent")
        self._model, self._kit = model, kit
        self._lines: list[ColumnLine] = []
        self._shown: object = None
        self.grid_columnconfigure((0, 1), weight=1, uniform="half")
        self._about = customtkinter.CTkLabel(self, text="", anchor="w", text_color=theme.QUIET, font=kit.fonts.small)
        self._about.grid(row=0, column=0, columnspan=2, sticky="ew")
        self._build_table()
        self.target = ChoiceField(self, kit.say(N_("The chosen column goes to")), [], None, self._put)
        self.target.grid(row=2, column=0, sticky="ew", pady=theme.GRID)
        self.reading = ReadingFields(self, model, kit)
        self.reading.grid(row=3, column=0, columnspan=2, sticky="ew")
        self._build_saved()
        self.first = self.table.tree

    def refresh(self) -> None:
        """Show the model as it is now."""
        model, mapping = self._model, self._model.mapping
        if mapping is None or model.preview is None:
            return
        is_new, self._shown = mapping is not self._shown, mapping
        self._lines = mapping.lines
        self.table.show(len(self._lines), position_of=lambda row: row, restart=is_new)
        if is_new:
            self.table.select(0, 0)
            self._show_about()
        self.reading.refresh()
        self._offer()
        self._show_saved()

    def _build_table(self) -> None:
        say = self._kit.say
        self.table = VirtualTable(self, self._fetch, TableLook(self))
        self.table.tree.configure(height=ROWS)
        self.table.grid(row=1, column=0, columnspan=2, sticky="nsew")
        samples = [
            Column(f"sample{number}", say(N_("Row %(number)s"), number=number + 1), SAMPLE_WIDTH, False)
            for number in range(SAMPLES)
        ]
        name = Column("name", say(N_("Column of the file")), NAME_WIDTH, False)
        self.table.set_columns([name, Column("target", say(N_("Goes to")), TARGET_WIDTH, False), *samples])
        self.table.on_select = lambda _row: self._offer()

    def _build_saved(self) -> None:
        say, model = self._kit.say, self._model
        box = customtkinter.CTkFrame(self, fg_color="transparent")
        box.grid(row=4, column=0, columnspan=2, sticky="ew")
        box.grid_columnconfigure((0, 2), weight=1, uniform="half")
        self.saved = ChoiceField(box, say(N_("Use saved columns")), [], None, self._apply)
        self.saved.grid(row=0, column=0, sticky="ew", padx=(0, theme.GRID), pady=theme.GRID)
        self._forget = Button(box, say(N_("Remove")), self._drop, height=HEIGHT)
        self._forget.grid(row=0, column=1, sticky="s", pady=theme.GRID)
        self.name = TextField(box, say(N_("Save these columns under a name")))
        self.name.grid(row=0, column=2, sticky="ew", padx=theme.GRID, pady=theme.GRID)
        save = Button(box, say(N_("Save")), lambda: model.save_mapping(self.name.text), height=HEIGHT)
        save.grid(row=0, column=3, sticky="s", padx=(0, theme.GRID), pady=theme.GRID)
        self._said = customtkinter.CTkLabel(box, text="", anchor="w", font=self._kit.fonts.small, height=18)
        self._applied: int | None = None

    def _show_about(self) -> None:
        preview, say = self._model.preview, self._kit.say
        if preview is None:
            return
        rows = show_number(preview["rows_in_file"], self._kit.speech)
        parts = [say(N_("%(count)s rows"), count=rows), str(preview["kind"]).upper()]
        parts += [str(preview[name]) for name in ("encoding", "sheet") if preview[name]]
        if preview["separator"]:
            parts.append(
                say(N_("separated by %(sign)s"), sign="Tab" if preview["separator"] == "\t" else preview["separator"])
            )
        if not preview["has_header"]:
            parts.append(say(N_("no line of names: the first line is a contact")))
        self._about.configure(text="  ·  ".join(parts))

    def _fetch(self, offset: int, limit: int) -> list[Row]:
        found = []
        for number, line in enumerate(self._lines[offset : offset + limit], offset):
            samples = {f"sample{place}": text for place, text in enumerate(line.samples)}
            tags = ("quiet",) if line.target == SKIP else ()
            found.append(Row(number, {"name": line.name, "target": line.target_name, **samples}, "", tags))
        return found

    def _chosen(self) -> ColumnLine | None:
        row = self.table.selected
        return self._lines[row] if row is not None and row < len(self._lines) else None

    def _offer(self) -> None:
        line, mapping = self._chosen(), self._model.mapping
        if line is not None and mapping is not None:
            self.target.offer(mapping.choices(line.name), line.target)
        self.target.enable(is_enabled=line is not None and not self._model.is_busy)

    def _put(self, target: str) -> None:
        if (line := self._chosen()) is not None:
            self._model.put_column(line.name, target)

    def _show_saved(self) -> None:
        saved, say = self._model.saved, self._kit.say
        none = say(N_("Choose…")) if saved.choices else say(N_("None is saved yet"))
        known = {number for number, _name in saved.choices}
        self._applied = self._applied if self._applied in known else None
        self.saved.offer([(None, none), *saved.choices], self._applied)
        self._forget.allow(self._applied is not None)
        if saved.problem is not None:
            self._say(self._kit.explain(saved.problem), theme.BAD)
        elif saved.saved_name:
            self._say(say(N_("Saved as %(name)s."), name=saved.saved_name), theme.GOOD)
        else:
            self._said.grid_remove()

    def _say(self, text: str, colour: theme.Colour) -> None:
        self._said.configure(text=text, text_color=colour)
        self._said.grid(row=1, column=0, columnspan=4, sticky="w", padx=theme.GRID, pady=(0, theme.GRID))

    def _apply(self, mapping_id: int | None) -> None:
        self._applied = mapping_id
        if mapping_id is not None:
            self._model.apply_saved(mapping_id)

    def _drop(self) -> None:
        if self._applied is not None:
            self._model.saved.drop(self._applied)
