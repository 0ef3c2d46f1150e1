"""Shows the model of the status in the line at the bottom, and has it measured now and then."""

from __future__ import annotations

import tkinter
from collections.abc import Callable

from callmanager.desktop import theme
from callmanager.desktop.models.importing.wizard import ImportModel
from callmanager.desktop.models.preferences import Preferences
from callmanager.desktop.models.status import MEASURE_SECONDS, StatusModel
from callmanager.desktop.sync_events import Status
from callmanager.desktop.theme import Colour
from callmanager.desktop.views.kit import Kit
from callmanager.desktop.views.language import language_text, speak_next
from callmanager.desktop.widgets.status_bar import Cell, StatusBar
from callmanager.domain.texts import N_

COLOURS: dict[Status, Colour] = {
    Status.LIVE: theme.GOOD,
    Status.POLLING: theme.CAUTION,
    Status.OFFLINE: theme.BAD,
    Status.SIGNED_OUT: theme.BAD,
}
PATIENCE_MILLISECONDS = 1_000
"""What is sent within this time is not said to wait."""
FIRST_MEASURE_MILLISECONDS = 1_000


class StatusLine(StatusBar):
    """State, what is missing, what waits and what needs attention; at the right server, user and language."""

    def __init__(
        self,
        master: tkinter.Misc,
        model: StatusModel,
        preferences: Preferences,
        kit: Kit,
        *,
        attend: Callable[[], object],
        importing: ImportModel,
    ) -> None:
        self._model, self._preferences, self._kit, self._importing = model, preferences, kit, importing
        super().__init__(
            master,
            (
                Cell("state", 10),
                Cell("notice", 9),
                Cell("behind", 6),
                Cell("waiting", 8),
                Cell("refused", 9, press=attend),
                Cell("importing", 7, press=lambda: kit.board.run("data.import")),
                Cell("language", 5, "right", lambda: speak_next(preferences)),
                Cell("user", 4, "right"),
                Cell("server", 2, "right"),
                Cell("latency", 1, "right"),
            ),
        )
        kit.listen(self, model.changed, self._show)
        kit.listen(self, model.kept, lambda: kit.after(self, PATIENCE_MILLISECONDS, model.note_kept))
        kit.listen(self, model.delivered, self._tell_delivery)
        kit.listen(self, importing.changed, self._show)
        kit.after(self, FIRST_MEASURE_MILLISECONDS, model.measure)
        kit.every(self, 1_000 * MEASURE_SECONDS, self._measure)
        self._show()

    def _show(self) -> None:
        model = self._model
        self.show(
            {
                "state": f"● {model.connection_text}",
                "notice": model.notice_text,
                "importing": self._importing.line_text,
                "behind": model.behind_text,
                "waiting": model.waiting_text,
                "refused": model.refused_text,
                "latency": model.latency_text,
                "server": model.server,
                "user": model.user,
                "language": language_text(self._preferences),
            },
            {"state": COLOURS[model.status], "notice": theme.CAUTION, "waiting": theme.CAUTION, "refused": theme.BAD},
        )

    def _tell_delivery(self) -> None:
        self._kit.toast(self._kit.say(N_("What waited for the server is saved there now.")))

    def _measure(self) -> None:
        self._model.measure()
        self._show()  # a notice ends by itself
