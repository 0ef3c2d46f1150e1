"""THE registry of what a user can do: id, key, label, menu, and when it is allowed. Buttons, menus and help read it.

What a command does is bound by the window (`views/shell.py`); here is only what it is. A command that makes no sense in
a situation is disabled everywhere at once.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from callmanager.domain.texts import N_


@dataclass(frozen=True, slots=True)
class Situation:
    """Where the user stands, as far as commands ask. Built by the window's models; the default is before signing in."""

    is_signed_in: bool = False
    is_online: bool = False
    permissions: frozenset[str] = frozenset()
    has_selection: bool = False
    """A contact is chosen in the list."""
    is_card_open: bool = False
    is_editing: bool = False
    """The open contact is held here, to be changed."""
    is_refused: bool = False
    """Somebody else holds the open contact."""
    is_archived: bool = False
    has_undo: bool = False
    is_paused: bool = False
    is_typing: bool = False
    """A text field has the focus: keys without Ctrl or F belong to it."""
    can_dial: bool = False
    """A number of the open or chosen contact can be called now: a phone is set and no call is at hand."""
    can_hang_up: bool = False
    """A call is up, and it can be ended here or be said to be over."""
    awaits_outcome: bool = False
    """A call of the user is up or over, and has no outcome yet."""
    can_save_outcome: bool = False
    """The call is over (or can be ended by saying so) and an outcome is chosen."""

    def may(self, permission: str) -> bool:
        """Whether the user's role has a permission (the server decides on which records)."""
        return permission in self.permissions


@dataclass(frozen=True, slots=True)
class Command:
    """`keys` are Tk sequences without brackets (`F6`, `Control-k`); `menu` is the menu under which it stands, if any.

    A command has a key or a menu, so that nothing needs the mouse.
    """

    id: str
    label: str
    group: str
    is_allowed: Callable[[Situation], bool]
    keys: tuple[str, ...] = ()
    menu: str | None = None


LIST, CONTACT, CALL = N_("List"), N_("Contact"), N_("Call")
DATA, ME, WINDOW = N_("Lists of contacts"), N_("My day"), N_("Window")
GROUPS = (LIST, CONTACT, CALL, DATA, ME, WINDOW)


def _always(_now: Situation) -> bool:
    return True


def _signed_in(now: Situation) -> bool:
    return now.is_signed_in


def _online(permission: str) -> Callable[[Situation], bool]:
    """Signed in, with the server there and the permission."""
    return lambda now: now.is_signed_in and now.is_online and now.may(permission)


def _on_open_contact(permission: str) -> Callable[[Situation], bool]:
    return lambda now: _online(permission)(now) and now.is_card_open


_OUTCOME_LABELS = (
    N_("Outcome 1"),
    N_("Outcome 2"),
    N_("Outcome 3"),
    N_("Outcome 4"),
    N_("Outcome 5"),
    N_("Outcome 6"),
    N_("Outcome 7"),
    N_("Outcome 8"),
    N_("Outcome 9"),
)

COMMANDS: tuple[Command, ...] = (
    Command("list.search", N_("Search"), LIST, _signed_in, ("Control-k", "Control-f"), LIST),
    Command("list.refresh", N_("Look for news now"), LIST, _signed_in, ("F5",), LIST),
    Command("list.columns", N_("Columns…"), LIST, _signed_in, menu=LIST),
    Command("list.save_view", N_("Save this view…"), LIST, _signed_in, ("Control-Shift-S",), LIST),
    Command("list.clear", N_("Show all contacts"), LIST, _signed_in, ("Control-Shift-K",), LIST),
    Command(
        "contact.open", N_("Open"), CONTACT, lambda now: now.is_signed_in and now.has_selection, ("Return",), CONTACT
    ),
    Command("contact.new", N_("New contact"), CONTACT, _online("contact:create"), ("Control-n",), CONTACT),
    Command(
        "contact.edit",
        N_("Edit / stop editing"),
        CONTACT,
        lambda now: (
            now.is_card_open
            and (now.is_editing or (_online("contact:edit")(now) and not now.is_refused and not now.is_archived))
        ),
        ("F6",),
        CONTACT,
    ),
    Command(
        "contact.save", N_("Save"), CONTACT, lambda now: now.is_card_open and now.is_editing, ("Control-s",), CONTACT
    ),
    Command(
        "contact.request",
        N_("Ask for the contact"),
        CONTACT,
        lambda now: _on_open_contact("contact:edit")(now) and now.is_refused,
        ("Control-p",),
        CONTACT,
    ),
    Command(
        "contact.take_over",
        N_("Take over…"),
        CONTACT,
        lambda now: _on_open_contact("contact:take_over")(now) and now.is_refused,
        menu=CONTACT,
    ),
    Command("contact.history", N_("History"), CONTACT, lambda now: now.is_card_open, ("Control-h",), CONTACT),
    Command(
        "contact.archive",
        N_("Archive"),
        CONTACT,
        lambda now: _on_open_contact("contact:delete")(now) and not now.is_archived and not now.is_refused,
        ("Control-Delete",),
        CONTACT,
    ),
    Command(
        "contact.restore",
        N_("Restore"),
        CONTACT,
        lambda now: _on_open_contact("contact:delete")(now) and now.is_archived,
        menu=CONTACT,
    ),
    Command(
        "contact.merge",
        N_("Merge with another…"),
        CONTACT,
        lambda now: _on_open_contact("contact:merge")(now) and not now.is_archived and not now.is_refused,
        ("Control-m",),
        CONTACT,
    ),
    Command(
        "contact.undo",
        N_("Undo my last change"),
        CONTACT,
        lambda now: _online("change:undo_own")(now) and now.has_undo and not now.is_typing,
        ("Control-z",),
        CONTACT,
    ),
    Command("contact.close", N_("Close"), CONTACT, lambda now: now.is_card_open, ("Escape",), CONTACT),
    Command("call.next", N_("Next contact"), CALL, _signed_in, ("F2",), CALL),
    Command("call.dial", N_("Call"), CALL, lambda now: _online("call:make")(now) and now.can_dial, ("F3",), CALL),
    Command("call.hang_up", N_("Hang up"), CALL, lambda now: now.is_signed_in and now.can_hang_up, ("F4",), CALL),
    *(
        Command(
            f"call.outcome.{number}",
            _OUTCOME_LABELS[number - 1],
            CALL,
            lambda now: now.is_signed_in and now.awaits_outcome and not now.is_typing,
            (str(number),),
        )
        for number in range(1, 10)
    ),
    Command(
        "call.save",
        N_("Save the outcome and go on"),
        CALL,
        lambda now: now.is_signed_in and now.can_save_outcome,
        ("Control-Return",),
        CALL,
    ),
    Command(
        "call.callback",
        N_("Set a callback"),
        CALL,
        lambda now: now.is_signed_in and now.awaits_outcome,
        ("Control-b",),
        CALL,
    ),
    Command("call.log", N_("I called from another phone…"), CALL, _on_open_contact("call:make"), menu=CALL),
    Command("call.copy_number", N_("Copy the number"), CALL, lambda now: now.is_card_open, ("Control-Shift-C",), CALL),
    Command("data.import", N_("Import a list…"), DATA, _online("contact:import"), ("Control-i",), DATA),
    Command("data.export", N_("Export what is shown…"), DATA, _online("contact:export"), ("Control-e",), DATA),
    Command(
        "me.pause", N_("Pause with a reason / ready"), ME, lambda now: now.is_signed_in and now.is_online, ("F8",), ME
    ),
    Command(
        "me.day", N_("My day so far"), ME, lambda now: now.is_signed_in and now.is_online, ("Control-Shift-D",), ME
    ),
    Command("me.phone", N_("My phone…"), ME, _signed_in, menu=ME),
    Command("me.attention", N_("Needs attention"), ME, _signed_in, ("F9",), ME),
    Command("me.colleagues", N_("Colleagues"), ME, _signed_in, ("F7",), ME),
    Command("me.password", N_("Change password…"), ME, lambda now: now.is_signed_in and now.is_online, menu=ME),
    Command("me.sign_out", N_("Sign out"), ME, _signed_in, ("Control-Shift-Q",), ME),
    Command("window.keys", N_("All keys"), WINDOW, _always, ("F1",), WINDOW),
    Command("window.preferences", N_("Preferences…"), WINDOW, _always, ("Control-comma",), WINDOW),
    Command("window.menu", N_("Menu"), WINDOW, _always, ("F10",)),
    Command("window.larger", N_("Larger"), WINDOW, _always, ("Control-plus",), WINDOW),
    Command("window.smaller", N_("Smaller"), WINDOW, _always, ("Control-minus",), WINDOW),
    Command("contact.wider", N_("Wider card"), WINDOW, lambda now: now.is_card_open, ("Control-Prior",), WINDOW),
    Command("contact.narrower", N_("Narrower card"), WINDOW, lambda now: now.is_card_open, ("Control-Next",), WINDOW),
    Command("window.dismiss", N_("Close the notices"), WINDOW, _always, ("Control-d",), WINDOW),
    Command("window.quit", N_("Close the program"), WINDOW, _always, ("Control-q",), WINDOW),
)
_BY_ID = {command.id: command for command in COMMANDS}


def get_command(command_id: str) -> Command:
    """The command of that id. Raises KeyError: ids are written in code only."""
    return _BY_ID[command_id]


def key_text(sequence: str) -> str:
    """A Tk sequence as it is printed on keys: `Control-Shift-k` is `Ctrl+Mayús+K` in Spanish, by the names below."""
    parts = sequence.split("-")
    names = [KEY_NAMES.get(part, part.upper() if len(part) == 1 else part) for part in parts]
    return "+".join(names)


KEY_NAMES = {
    "Control": N_("Ctrl"),
    "Shift": N_("Shift"),
    "Return": N_("Enter"),
    "Escape": N_("Esc"),
    "Delete": N_("Del"),
    "Prior": N_("PgUp"),
    "Next": N_("PgDn"),
    "comma": ",",
    "plus": "+",
    "minus": "-",
}
