"""Who is at work here: choosing a server, signing in, a forced change of password, signed in, and out again.

The one place that makes and closes the Workplace. Passwords are kept until the server has answered, and no longer.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from callmanager.desktop.models.session.asking import SendingQuestion, about_key
from callmanager.desktop.models.session.choosing import SERVER, ServerChoice
from callmanager.desktop.models.session.entering import Entered, Entrance
from callmanager.desktop.models.session.gathering import Gathering
from callmanager.desktop.models.session.keys import KeyHomes, Withheld
from callmanager.desktop.models.session.leaving import close_work, detail_of, is_goodbye, is_told_goodbye, still_known
from callmanager.desktop.models.session.password import PasswordForm
from callmanager.desktop.models.session.returning import KnownPeople, Returning
from callmanager.desktop.models.session.stages import PcSurroundings, SessionStage
from callmanager.desktop.models.tools import Tools
from callmanager.desktop.observing import Signal
from callmanager.desktop.remote.probing import FoundServer, Note
from callmanager.desktop.remote.servers import Server
from callmanager.desktop.store import Store, folder_of
from callmanager.desktop.sync_events import Status, StatusChanged
from callmanager.desktop.workplace import WorkEvent, Workplace
from callmanager.domain.errors import CallManagerError, Forbidden, TooMany, Unauthenticated

USERNAME = "username"
RETURN_PAUSE = timedelta(seconds=60)
"""Who is thrown out again so soon after having come back by his key is asked to sign in."""


class Session:
    """`changed`: something shown is another. `opened`: a workplace is about to start; `happened`: its events.

    `warned`: why this PC could not remember who signed in; work goes on. `asked`: something waits for a yes.
    """

    def __init__(self, tools: Tools, around: PcSurroundings) -> None:
        self._tools, self._around = tools, around
        self._entrance = Entrance(around.safe, tools.clock, around.pc_name, lambda: tools.speech.language)
        self.changed: Signal[[]] = Signal()
        self.warned: Signal[[CallManagerError]] = Signal()
        self.opened: Signal[[Workplace]] = Signal()
        self.happened: Signal[[WorkEvent]] = Signal()
        self.asked: Signal[[SendingQuestion]] = Signal()
        self._known, self._homes = KnownPeople(around.preferences), KeyHomes(around.preferences)
        self.choice = ServerChoice(tools, around, self._use, self.asked.emit)
        complete = self.choice.complete
        self._returning = Returning(self._entrance, around.configured, self._known, self._homes, complete)
        self.form: PasswordForm | None = None
        self.username = around.preferences.recall(USERNAME, "")
        self.password = ""
        self.wants_remembering = False
        self._stage = SessionStage.CHOOSING
        self._server = Server("")
        self._is_busy = False
        self._error: CallManagerError | None = None
        self._number: object = None
        self._thrown_number: object = self
        self._no_safe: CallManagerError | None = None
        self._notes: tuple[Note, ...] = ()
        self._wait_until: datetime | None = None
        self._returned_at: datetime | None = None
        self._entered: Entered | None = None
        self._workplace: Workplace | None = None
        self._farewell = ""
        self._is_changing = False

    @property
    def stage(self) -> SessionStage:
        return self._stage

    @property
    def address(self) -> str:
        """The server, once there is one."""
        return self._server.address

    @property
    def is_busy(self) -> bool:
        """The server is being asked."""
        return self._is_busy

    @property
    def error(self) -> CallManagerError | None:
        """Why it did not go on."""
        return self._error

    @property
    def farewell(self) -> str:
        """Why the server ended the last session, in its own words; or empty."""
        return self._farewell

    @property
    def no_safe(self) -> CallManagerError | None:
        """Why nobody can be remembered here; None when it can be done."""
        return self._no_safe

    @property
    def notes(self) -> tuple[Note, ...]:
        """What the connection test found worth telling."""
        return self._notes

    @property
    def has_key(self) -> bool:
        """Whether IT gave this PC a key, so that nobody needs a password."""
        return bool(self._around.configured.api_key)

    @property
    def wait_seconds(self) -> int:
        """How long the server wants no further attempt; 0 when it takes one."""
        left = (self._wait_until - self._tools.clock.now()).total_seconds() if self._wait_until else 0.0
        return max(0, int(left + 0.999))

    @property
    def can_sign_in(self) -> bool:
        return bool(self.username.strip() and self.password) and not self._is_busy and self.wait_seconds == 0

    @property
    def entered(self) -> Entered | None:
        """Who was let in, with his permissions."""
        return self._entered

    @property
    def workplace(self) -> Workplace | None:
        """Where he works; only when signed in."""
        return self._workplace

    @property
    def unsent(self) -> int:
        """Changes that the server has not got, counting those it refused."""
        work = self._workplace.store.work if self._workplace else None
        return 0 if work is None else len(work.list_waiting()) + len(work.list_refused())

    def start(self) -> None:
        """Begin: with the configured or last server, and whoever is known there; else by choosing a server."""
        written = self._around.configured.server or self._around.preferences.recall(SERVER, "")
        self._check_safe()
        if not written:
            self._show(SessionStage.CHOOSING)
            return
        try:
            self._server = self.choice.server_at(self.choice.complete(written))
        except CallManagerError as error:
            self.choice.text = written
            self._show(SessionStage.CHOOSING, error)
            return
        self._resume()

    def fail(self, error: CallManagerError) -> None:
        """The configuration of this PC is of no use: say so, and let the user choose."""
        self._check_safe()
        self._show(SessionStage.CHOOSING, error)

    def choose_server(self) -> None:
        """Back to the choice of a server; who was half in is out."""
        close_work(None, self._entered)
        self._entered = self.form = None
        self.password, self._farewell = "", ""
        self.choice.text = self._server.address
        self._show(SessionStage.CHOOSING)

    def sign_in(self) -> None:
        """With what was typed."""
        if not self.can_sign_in:
            return
        server, username, password = self._server, self.username.strip(), self.password
        self._ask(lambda: self._entrance.by_password(server, username, password), self._let_in)

    def sign_in_by_key(self) -> None:
        """With the key that IT gave this PC."""
        if self.has_key and not self._is_busy:
            self._resume()

    def change_password(self) -> PasswordForm | None:
        """A form to change the password of who is signed in; None when nobody is."""
        if self._entered is not None and self._stage is SessionStage.SIGNED_IN:
            self.form = PasswordForm(self._entered.user.username, self._send_password)
        return self.form

    def keep_password(self) -> None:
        """The user closed the form without a change."""
        if self._stage is SessionStage.SIGNED_IN and self.form is not None and not self.form.is_busy:
            self.form = None

    def leave_form(self) -> None:
        """Instead of the forced change, back to signing in."""
        if self._stage is SessionStage.MUST_CHANGE and self.form is not None and not self.form.is_busy:
            close_work(None, self._entered)
            self._gone()

    def sign_out(self) -> None:
        """End the session here and at the server, and remember him no more. Unsent work stays on this PC."""
        entered, workplace, server = self._entered, self._workplace, self._server
        if entered is None or self._is_busy:
            return

        def leave() -> bool:
            is_forgotten = self._entrance.forget(server, entered.remote)
            with contextlib.suppress(CallManagerError):  # the server is away; the token ends by itself
                entered.remote.sign_out()
            close_work(workplace, entered)
            return is_forgotten

        self._gone()
        self._ask(leave, self._left)

    def close(self) -> None:
        """The window ends: give everything back, staying signed in if this PC remembers. Waits for the threads."""
        close_work(self._workplace, self._entered)
        self._workplace = self._entered = None

    def _check_safe(self) -> None:
        def failed(error: CallManagerError) -> None:
            self._no_safe, self.wants_remembering = error, False
            self.changed.emit()

        self._tools.background.run(self._around.safe.check, lambda _none: None, failed)

    def _use(self, server: Server, found: FoundServer) -> None:
        self._server, self._notes = server, found.notes
        self._around.preferences.remember(SERVER, server.address)
        self._resume()

    def _resume(self) -> None:
        """Let in whoever has a key for this server, on this PC."""
        self._show(SessionStage.STARTING)
        self._ask(partial(self._returning.come_back, self._server), self._come_back)

    def _come_back(self, found: Entered | Withheld | None) -> None:
        if not isinstance(found, Withheld):
            self._let_in(found)
            return
        self._show(SessionStage.SIGNING_IN)
        self.asked.emit(about_key(found, self._tools.speech, partial(self._send_key, found)))

    def _send_key(self, withheld: Withheld) -> None:
        """The user agreed; unless the window has gone on to another server since."""
        if withheld.server == self._server and self._stage is SessionStage.SIGNING_IN and not self._is_busy:
            self._homes.settle(withheld.key.text, withheld.server)
            self._resume()

    def _let_in(self, entered: Entered | None) -> None:
        if entered is None:
            self._show(SessionStage.SIGNING_IN)
            return
        self._entered = entered
        if entered.user.must_change_password:
            self.form = PasswordForm(entered.user.username, self._send_password, self.password or None)
            self.password = ""
            self._show(SessionStage.MUST_CHANGE)
            return
        self._open(entered)

    def _open(self, entered: Entered) -> None:
        server, wants_remembering = self._server, self.wants_remembering and not entered.api_key
        number = object()
        self._number = number

        news = Gathering(self._tools.bus, partial(self._hear, number))

        def work() -> tuple[Workplace, Entered]:
            folder = folder_of(self._around.folder, server.address, entered.user.username)
            try:
                store = Store(folder)
            except CallManagerError:
                entered.remote.close()
                raise
            known = self._remembered(server, entered) if wants_remembering else entered
            return Workplace(known.remote, known.user, store, self._tools.clock, news.put), known

        self._ask(work, self._begin)

    def _remembered(self, server: Server, entered: Entered) -> Entered:
        """Who signed in, with the key under which he will be known. Not being remembered keeps nobody from working."""
        try:
            kept = self._entrance.remember(server, entered)
        except CallManagerError as error:
            self._tools.bus.post(partial(self._cannot_remember, error))
            return entered
        return self._entrance.exchange(server, entered, kept)

    def _cannot_remember(self, error: CallManagerError) -> None:
        self.warned.emit(error)

    def _begin(self, opened: tuple[Workplace, Entered]) -> None:
        self._workplace, known = opened
        self._entered = known
        if known.api_key and not known.is_offline:
            self._known.keep(known)
            self._homes.settle(known.api_key, self._server)
        self.password, self.form, self._farewell = "", None, ""
        self._around.preferences.remember(USERNAME, known.user.username)
        self.opened.emit(self._workplace)
        self._workplace.start()
        self._show(SessionStage.SIGNED_IN)

    def _send_password(self, old: str, new: str) -> None:
        entered, server, form = self._entered, self._server, self.form
        assert entered is not None
        assert form is not None
        self._is_changing = True

        def failed(error: CallManagerError) -> None:
            self._is_changing = False
            form.refuse(error)

        work = partial(self._entrance.change_password, entered, server, old, new)
        self._tools.background.run(work, self._enter_anew, failed)

    def _enter_anew(self, fresh: Entered) -> None:
        """All sessions of the old password have ended, so the work begins again with the new one."""
        workplace, entered = self._workplace, self._entered
        self._number, self._workplace, self._entered = object(), None, fresh
        self._is_changing = False
        self._show(SessionStage.STARTING)
        self._ask(lambda: close_work(workplace, entered), lambda _none: self._let_in(fresh))

    def _hear(self, number: object, event: WorkEvent) -> None:
        if number is self._thrown_number and is_told_goodbye(event):
            self._farewell = detail_of(event)  # it comes after the status
            self._show(self._stage)
        if number is not self._number:
            return  # of a workplace that was left
        if self._is_changing and is_goodbye(event):
            return  # the answer about the password is on its way
        self.happened.emit(event)
        if isinstance(event, StatusChanged) and event.status is Status.SIGNED_OUT:
            self._thrown_out(event.error)

    def _thrown_out(self, error: CallManagerError | None) -> None:
        workplace, entered = self._workplace, self._entered
        self._thrown_number = self._number
        returns = self._may_return(entered)
        self._gone(SessionStage.STARTING if returns else SessionStage.SIGNING_IN)

        def go_on(_none: None) -> None:
            self._resume() if returns else self._show(SessionStage.SIGNING_IN, error)

        self._ask(lambda: close_work(workplace, entered), go_on)

    def _may_return(self, entered: Entered | None) -> bool:
        """Whether the key of somebody may still open the door; if not, it is forgotten on the way."""
        now = self._tools.clock.now()
        is_soon = self._returned_at is not None and now - self._returned_at < RETURN_PAUSE
        if entered is None or not entered.api_key or is_soon:
            return False
        self._returned_at = now
        return True

    def _gone(self, to: SessionStage = SessionStage.SIGNING_IN) -> None:
        self._number = object()
        self._workplace = self._entered = self.form = None
        self.password, self._farewell = "", ""
        self._show(to)

    def _left(self, is_forgotten: bool) -> None:
        self._show(SessionStage.SIGNING_IN, None if is_forgotten else still_known())

    def _ask(self, work: Callable[[], Any], then: Callable[[Any], object]) -> None:
        def done(result: Any) -> None:
            self._is_busy = False
            then(result)

        self._is_busy, self._error = True, None
        self.changed.emit()
        self._tools.background.run(work, done, self._refused)

    def _refused(self, error: CallManagerError) -> None:
        self._is_busy, self._entered = False, None
        if isinstance(error, TooMany):
            self._wait_until = self._tools.clock.now() + timedelta(seconds=error.retry_after_seconds)
        if isinstance(error, Unauthenticated | Forbidden):
            self.password = ""
        if error.code == "certificate_untrusted":
            self._show(SessionStage.CHOOSING)
            self.choice.test(self._server.address)
            return
        self._show(SessionStage.SIGNING_IN, error)

    def _show(self, stage: SessionStage, error: CallManagerError | None = None) -> None:
        self._stage, self._error = stage, error
        self.changed.emit()
