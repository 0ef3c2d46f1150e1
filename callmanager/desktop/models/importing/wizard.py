"""The import wizard: choose a list, say what its columns are, look at what would happen, import, and take it back.

The import goes on without the wizard; `told` says how it ended.
"""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Any

import orjson

from callmanager.desktop.models.card.words import Sentence, sentence
from callmanager.desktop.models.importing.columns import ColumnMapping
from callmanager.desktop.models.importing.earlier import EarlierImports
from callmanager.desktop.models.importing.file_reading import FileReading
from callmanager.desktop.models.importing.follower import ImportFollower
from callmanager.desktop.models.importing.mappings import SavedMappings
from callmanager.desktop.models.importing.options import ImportOptions
from callmanager.desktop.models.importing.rejected import RejectedRows
from callmanager.desktop.models.importing.sending import CHECK, READ, START, Sending
from callmanager.desktop.models.importing.status_words import StatusWords
from callmanager.desktop.models.listing.cells import show_number
from callmanager.desktop.models.tools import Tools
from callmanager.desktop.observing import Signal
from callmanager.desktop.remote.rest import new_key
from callmanager.desktop.remote.transfers import file_size
from callmanager.desktop.workplace import WorkEvent, Workplace
from callmanager.domain.errors import CallManagerError, Invalid, Unavailable
from callmanager.domain.texts import N_

KINDS = (".csv", ".txt", ".tsv", ".xlsx", ".xlsm", ".xls", ".json")
"""What is offered to choose from. What a file is the server tells by what stands in it."""


class Step(StrEnum):
    """Where the wizard stands."""

    FILE = "file"
    COLUMNS = "columns"
    CHECK = "check"
    RUN = "run"


class ImportModel:
    """`changed` when something shows otherwise; `told(sentence, is_error)` when work ended that may not be in sight."""

    def __init__(self, tools: Tools, workplace: Workplace) -> None:
        self.tools, self._workplace = tools, workplace
        self.step = Step.FILE
        self.path = ""
        self.reading = FileReading(tools.speech)
        self.problem: CallManagerError | None = None
        self.preview: dict[str, Any] | None = None
        self.mapping: ColumnMapping | None = None
        self.report: dict[str, Any] | None = None
        self.record: dict[str, Any] | None = None
        """The import that was done last in this wizard, as the server shows it."""
        self._start_key = ""
        self.changed: Signal[[]] = Signal()
        self.told: Signal[[Sentence, bool]] = Signal()
        self.sending = Sending(tools, workplace)
        self.follower = ImportFollower(tools, workplace)
        self.earlier = EarlierImports(tools, workplace)
        self.saved = SavedMappings(tools, workplace)
        self.rejected = RejectedRows(tools, workplace)
        self.words = StatusWords(workplace.store.replica, tools.speech)
        self.options = ImportOptions(workplace.store.replica, tools.speech, self._forget_report)
        for signal in (self.sending.changed, self.follower.changed, self.earlier.changed, self.saved.changed):
            signal.connect(self.changed.emit)
        self.earlier.changed.connect(self.resume)
        self.rejected.told.connect(self.told.emit)
        self.follower.ended.connect(self._ended)
        self.follower.failed.connect(self._failed_at_server)

    @property
    def is_busy(self) -> bool:
        """Whether something is under way, so that the wizard waits."""
        return self.sending.is_under_way or self.follower.is_running

    @property
    def line_text(self) -> str:
        """What the window's line says while something is under way; "" when nothing is."""
        follower, say = self.follower, self.tools.speech.say
        if self.sending.is_under_way:
            return self.sending.text
        if not follower.is_running:
            return ""
        message = N_("Undoing %(name)s: %(percent)s %%") if follower.doing == "undo" else N_("%(name)s: %(percent)s %%")
        return say(message, name=follower.name, percent=follower.percent or 0)

    @property
    def can_go_on(self) -> bool:
        """Whether the step's own action makes sense."""
        if self.is_busy:
            return False
        return bool(self.path.strip()) if self.step is Step.FILE else True

    @property
    def can_go_back(self) -> bool:
        """Whether there is a step before."""
        return not self.is_busy and self.step in (Step.COLUMNS, Step.CHECK)

    def open(self) -> None:
        """The wizard is shown: ask for the earlier imports, and for one that runs already."""
        self.earlier.refresh()
        self.saved.refresh()

    def hear(self, event: WorkEvent) -> None:
        """An event of the workplace."""
        self.follower.hear(event)

    def tick(self) -> None:
        """Call it every second."""
        self.follower.tick()

    def type_path(self, text: str) -> None:
        """Which file; what was read of another one is forgotten."""
        if text != self.path:
            self.path = text
            self.reading.forget()
            self.words.forget()
            self.problem = self.preview = self.mapping = self.report = None
            self.changed.emit()

    def read(self, **how: Any) -> None:
        """Send the list to see its columns. `how` says its sheet, header row and the like, as `FileReading.put`."""
        self.problem = None
        try:
            file = self._file()
        except CallManagerError as error:
            self._fail(error)
            return
        self.reading.put(**how)
        self.options.put("name", self.options.name or file.name)
        query = {**self.reading.query, "file_name": file.name}
        self.sending.send(READ, file, query, self._take_preview, self._fail)

    def check(self) -> None:
        """Ask the server what would happen; nothing is changed."""
        self.problem = None
        if self.mapping is None:
            return
        try:
            self.mapping.check()
            file = self._file()
        except CallManagerError as error:
            self._fail(error)
            return
        self.sending.send(CHECK, file, {**self._query(), "dry_run": "1"}, self._take_report, self._fail)

    def start(self) -> None:
        """Import for real, in the background of the server. Sent again after a lost answer it is done once."""
        self.problem = None
        try:
            file = self._file()
        except CallManagerError as error:
            self._fail(error)
            return
        self._start_key = self._start_key or new_key()
        query = {**self._query(), "background": "1"}
        self.sending.send(START, file, query, self._started, self._not_started, key=self._start_key)

    def go_on(self) -> None:
        """The step's own action."""
        if not self.can_go_on:
            return
        {Step.FILE: self.read, Step.COLUMNS: self.check, Step.CHECK: self._act, Step.RUN: self.restart}[self.step]()

    def go_back(self) -> None:
        """One step back; what was decided stays."""
        if self.can_go_back:
            self.step = Step.FILE if self.step is Step.COLUMNS else Step.COLUMNS
            self.problem = None
            self.changed.emit()

    def restart(self) -> None:
        """Another list."""
        self.step = Step.FILE
        self.options.name = ""
        self.record = None
        self.type_path("")
        self.problem = None
        self.earlier.refresh()
        self.changed.emit()

    def put_column(self, column: str, target: str) -> None:
        """Say where a column goes."""
        if self.mapping is not None:
            self.mapping.put(column, target)
            self._forget_report()

    def apply_saved(self, mapping_id: int) -> None:
        """Put the columns where a saved mapping says."""
        found = self.saved.find(mapping_id)
        if found is None or self.mapping is None:
            return
        if self.mapping.fits(found["columns"]):
            self.mapping.take(found["columns"])
            self.words.remember(found.get("statuses", {}))
            self.problem = None
            self._forget_report()
        else:
            self._fail(
                Invalid(
                    "mapping_other_columns",
                    N_("%(name)s was saved for a list with other columns."),
                    name=found["name"],
                )
            )

    def save_mapping(self, name: str) -> None:
        """Keep where the columns go under a name, for everybody who imports."""
        if self.mapping is not None:
            self.saved.save(name, self.mapping.targets, self.words.meanings)

    def put_meaning(self, word: str, status: str | None) -> None:
        """Say which status a word of the list means."""
        self.words.put(word, status)
        self._forget_report()

    def undo(self, import_id: int, name: str) -> None:
        """Take a whole import back."""
        if not self.follower.is_running:
            self.problem = None
            self.follower.undo(import_id, name)

    def resume(self) -> None:
        """Follow an import of this user that runs already, begun before this program or in another window."""
        found = None if self.is_busy else self.earlier.find_running()
        if found is not None:
            self.follower.follow(found["import_id"], found["doing"], found["file_name"])
            self.step = Step.RUN
            self.changed.emit()

    def _act(self) -> None:
        self.start() if self.report is not None else self.check()

    def _query(self) -> dict[str, Any]:
        targets = self.mapping.targets if self.mapping is not None else {}
        mapping = orjson.dumps(targets).decode() if targets else None
        statuses = orjson.dumps(self.words.meanings).decode() if self.words.meanings else None
        return {**self.options.query, **self.reading.query, "mapping": mapping, "statuses": statuses}

    def _file(self) -> Path:
        text = self.path.strip().strip('"')
        file = Path(text).expanduser()
        if file_size(file) == 0:
            raise Invalid("file_empty", N_("The file is empty."), fields={"field": "path"})
        return file

    def _take_preview(self, preview: dict[str, Any]) -> None:
        self.preview = preview
        self.reading.take(preview)
        self.mapping = ColumnMapping(preview, self.tools.speech)
        self.step = Step.COLUMNS
        self._forget_report()

    def _take_report(self, report: dict[str, Any]) -> None:
        self.report, self.step = report, Step.CHECK
        self.words.take(report)
        self.changed.emit()

    def _forget_report(self) -> None:
        """Something was decided otherwise: what would happen is not known any more."""
        self.report, self._start_key = None, ""
        self.changed.emit()

    def _started(self, answer: dict[str, Any]) -> None:
        self._start_key, self.record, self.report = "", None, None
        self.step = Step.RUN
        self.follower.follow(answer["import_id"], "import", self.options.query["file_name"])

    def _not_started(self, error: CallManagerError) -> None:
        if not isinstance(error, Unavailable):
            self._start_key = ""
        self._fail(error)

    def _ended(self, record: dict[str, Any]) -> None:
        self.record, self.step = record, Step.RUN
        self.earlier.refresh()
        self.changed.emit()
        self.told.emit(self._ending(record), record["state"] == "failed")

    def _ending(self, record: dict[str, Any]) -> Sentence:
        name, speech = record["file_name"], self.tools.speech
        if record["state"] == "undone":
            undone = show_number(record.get("undone") or 0, speech)
            return sentence(N_("%(name)s is undone: %(count)s contacts went back."), name=name, count=undone)
        new, rejected = show_number(record["inserted"], speech), show_number(record["rejected"], speech)
        if record["state"] == "done":
            message = N_("%(name)s is imported: %(new)s new contacts, %(rejected)s rows not taken.")
        elif record["state"] == "cancelled":
            message = N_("The import of %(name)s was cancelled after %(new)s new contacts.")
        else:
            message = N_("The import of %(name)s stopped before its end, after %(new)s new contacts.")
        return sentence(message, name=name, new=new, rejected=rejected)

    def _failed_at_server(self, error: CallManagerError) -> None:
        self.earlier.refresh()
        self._fail(error)
        self.told.emit(Sentence(error.message, dict(error.params)), True)

    def _fail(self, error: CallManagerError) -> None:
        self.problem = error
        self.changed.emit()
