"""A user at work with the models of importing, exporting and attention, against a real server."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from callmanager.desktop.models.attention import AttentionLine, AttentionModel
from callmanager.desktop.models.exporting import ExportModel
from callmanager.desktop.models.importing.wizard import ImportModel, Step
from callmanager.desktop.models.status import StatusModel
from tests.desktop.conftest import LiveOffice
from tests.desktop.list_desk import ListDesk

SAMPLES = Path(__file__).resolve().parents[1] / "samples"


class ListsDesk(ListDesk):
    """`said` is what the models told, as sentences."""

    def __init__(self, office: LiveOffice, who: str, folder: Path, **how: Any) -> None:
        self._newer: tuple[Any, ...] = ()
        super().__init__(office, who, folder, **how)
        self.status = StatusModel(self.tools, self.workplace)
        self.importing = ImportModel(self.tools, self.workplace)
        self.exporting = ExportModel(self.tools, self.workplace, self.list)
        self.attention = AttentionModel(self.tools, self.workplace, self.status)
        self._newer = (self.status, self.importing, self.attention)
        self.said: list[str] = []
        self.refused: list[AttentionLine] = []
        say = self.tools.speech.say
        self.importing.told.connect(lambda told, _bad: self.said.append(say(told.message, **told.params)))
        self.exporting.told.connect(lambda told, _bad, _path: self.said.append(say(told.message, **told.params)))
        self.attention.refused.connect(self.refused.append)

    def reach(self, step: Step) -> None:
        """Press the wizard's own button until it stands at a step and rests."""
        order = list(Step)
        while order.index(self.importing.step) < order.index(step):
            before = self.importing.step
            self.importing.go_on()
            self.until(lambda before=before: not self.importing.is_busy and self.importing.step is not before)  # type: ignore[misc]
            assert self.importing.problem is None, self.importing.problem

    def choose(self, path: Path) -> None:
        """Choose a list and see its columns."""
        self.importing.restart()
        self.importing.type_path(str(path))
        self.reach(Step.COLUMNS)

    def bring(self, path: Path) -> dict[str, Any]:
        """Import a list to its end; the import as the server shows it."""
        self.choose(path)
        self.reach(Step.CHECK)
        self.importing.go_on()
        self.until(lambda: not self.importing.is_busy and self.importing.record is not None)
        assert self.importing.record is not None
        return self.importing.record

    def rest(self) -> None:
        """Wait until nothing is under way."""
        self.until(lambda: not self.importing.is_busy)

    def until(self, *given: Any, **how: Any) -> None:
        def is_true() -> object:
            if self._newer:
                self.importing.tick()
            return given[0]()

        super().until(is_true, *given[1:], **how)

    def _hear(self, event: Any) -> None:
        super()._hear(event)
        for model in self._newer:
            self.bus.post(lambda model=model: model.hear(event))  # type: ignore[misc]
