"""All models of a signed-in user, built together; events of the workplace go to each of them. Knows no views."""

from __future__ import annotations

from callmanager.desktop.commands import Situation
from callmanager.desktop.models.agent_state import AgentStateModel
from callmanager.desktop.models.attention import AttentionModel
from callmanager.desktop.models.calling.calls import CallingModels
from callmanager.desktop.models.calling.phone_settings import SecretSafe
from callmanager.desktop.models.card.card import ContactCardModel
from callmanager.desktop.models.colleagues import ColleaguesModel
from callmanager.desktop.models.command_board import CommandBoard
from callmanager.desktop.models.contact_list import ContactListModel
from callmanager.desktop.models.exporting import ExportModel
from callmanager.desktop.models.importing.wizard import ImportModel
from callmanager.desktop.models.preferences import Preferences
from callmanager.desktop.models.presence import PresenceModel
from callmanager.desktop.models.status import StatusModel
from callmanager.desktop.models.tools import Tools
from callmanager.desktop.observing import Signal
from callmanager.desktop.sync_events import Applied, Heard, StatusChanged
from callmanager.desktop.workplace import WorkEvent, Workplace
from callmanager.domain.errors import CallManagerError
from callmanager.domain.people import Role
from callmanager.domain.permissions import ROLES


class SignedInModels:
    """Build it before `workplace.start()`; post what the workplace tells to `hear`, in the window's thread.

    `situation` is where the user stands; it is placed on the board whenever a model changes.
    """

    def __init__(
        self,
        tools: Tools,
        workplace: Workplace,
        preferences: Preferences,
        board: CommandBoard,
        safe: SecretSafe | None = None,
    ) -> None:
        self.tools, self.workplace, self.preferences, self.board = tools, workplace, preferences, board
        self.status = StatusModel(tools, workplace)
        self.presence = PresenceModel(tools, workplace)
        self.states = AgentStateModel(tools, workplace)
        self.colleagues = ColleaguesModel(tools, workplace, self.presence, self.states)
        self.list = ContactListModel(tools, workplace, self.presence, preferences)
        self.card = ContactCardModel(tools, workplace)
        self.calling = CallingModels(tools, workplace, preferences, safe, card=self.card, contacts=self.list)
        self.importing = ImportModel(tools, workplace)
        self.exporting = ExportModel(tools, workplace, self.list)
        self.attention = AttentionModel(tools, workplace, self.status)
        self._permissions = _permissions_of(workplace.user.role)
        self._is_typing = False
        self.rights_changed: Signal[[]] = Signal()
        self.list.opened.connect(self.card.open)
        for signal in (
            self.status.changed,
            self.list.selected_changed,
            self.card.now.changed,
            self.calling.call.changed,
            self.calling.outcome.changed,
            self.calling.phone.changed,
            self.importing.changed,
            self.states.changed,
        ):
            signal.connect(self.place)
        self.place()

    @property
    def permissions(self) -> frozenset[str]:
        """What the user may; the server has the last word."""
        return self._permissions

    def hear(self, event: WorkEvent) -> None:
        """An event of the workplace."""
        for model in (
            self.status,
            self.presence,
            self.states,
            self.colleagues,
            self.list,
            self.card,
            self.calling,
            self.importing,
            self.attention,
        ):
            model.hear(event)
        if self._tells_of_rights(event):
            self._ask_rights()
        elif isinstance(event, StatusChanged):
            self.place()

    def note_typing(self, is_typing: bool) -> None:
        """The focus came to a text field, or left it."""
        if is_typing != self._is_typing:
            self._is_typing = is_typing
            self.place()

    def place(self) -> None:
        """Say on the board where the user stands."""
        self.board.place(self.situation)

    @property
    def situation(self) -> Situation:
        """Where the user stands now."""
        card, call = self.card, self.calling.call
        return Situation(
            is_signed_in=True,
            is_online=self.status.is_online,
            permissions=self._permissions,
            has_selection=self.list.selected is not None,
            is_card_open=card.is_open,
            is_editing=card.now.is_editing,
            is_refused=card.is_refused,
            is_archived=card.now.is_archived,
            has_undo=card.undoing.has_undo,
            is_paused=self.states.is_paused,
            is_typing=self._is_typing,
            can_dial=call.can_dial,
            can_hang_up=call.can_hang_up,
            awaits_outcome=call.awaits_outcome,
            can_save_outcome=call.can_save,
        )

    def _tells_of_rights(self, event: WorkEvent) -> bool:
        """A session ends with its role; who works with a key hears of his own record only."""
        if isinstance(event, Applied):
            return event.tells_of("user", self.workplace.user.user_id)
        return isinstance(event, Heard) and event.event == "signed_out"

    def _ask_rights(self) -> None:
        self.tools.background.run(
            self.workplace.remote.show_me, self._take_rights, self._keep_rights, only_newest="signed_in.rights"
        )

    def _take_rights(self, me: dict[str, object]) -> None:
        found = me.get("permissions")
        self._permissions = frozenset(found) if isinstance(found, dict) else _permissions_of(str(me.get("role")))
        self.card.now.allow(self._permissions)
        self.rights_changed.emit()
        self.place()

    def _keep_rights(self, _error: CallManagerError) -> None:
        """The session is at its end, or the server away: both are told elsewhere."""


def _permissions_of(role: str) -> frozenset[str]:
    try:
        return frozenset(permission.value for permission in ROLES[Role(role)])
    except ValueError:
        return frozenset()  # of a newer server: /auth/me says more
