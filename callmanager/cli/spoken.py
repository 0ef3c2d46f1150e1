"""Commands and help in the user's language, click's own words too. All commands are built from these classes."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from typing import Any, Protocol, TypeVar

import click

from callmanager.domain.texts import N_, NN_
from callmanager.i18n import DEFAULT_LANGUAGE, sentence, speak_in_libraries

_language: ContextVar[str] = ContextVar("language", default=DEFAULT_LANGUAGE)

# What click itself says to people in our use of it. A test looks each of them up in click's source.
CLICK_TEXTS = (
    N_("Usage:"),
    N_("Options"),
    N_("Positional arguments"),
    N_("Commands"),
    N_("Show this message and exit."),
    N_("Show the version and exit."),
    N_("Try '{command} {option}' for help."),
    N_("Error: {message}"),
    N_("Error: The two entered values do not match."),
    N_("Error: invalid input"),
    N_("Repeat for confirmation"),
    N_("Aborted!"),
    N_("Missing command."),
    N_("Missing argument"),
    N_("Missing option"),
    N_("Missing parameter"),
    N_("No such option {name!r}."),
    N_("No such command {name!r}."),
    N_("Option {name!r} does not take a value."),
    N_("Invalid value: {message}"),
    N_("Invalid value for {param_hint}: {message}"),
    N_("Choose from:\n\t{choices}"),
    N_("{value!r} is not a valid {number_type}."),
    N_("{value} is not in the range {range}."),
    N_("{name} {filename!r} does not exist."),
    N_("{name} {filename!r} is a file."),
    N_("{name} {filename!r} is a directory."),
    N_("{name} {filename!r} is not readable."),
    N_("Could not open file {filename!r}: {message}"),
    N_("unknown error"),
    N_("file"),
    N_("directory"),
    N_("path"),
    N_("default: {default}"),
    N_("required"),
)
CLICK_PLURALS = (
    NN_("Did you mean {possibility}?", "(Did you mean one of: {possibilities}?)"),
    NN_("Got unexpected extra argument ({args})", "Got unexpected extra arguments ({args})"),
    NN_("Option {name!r} requires an argument.", "Option {name!r} requires {nargs} arguments."),
    NN_("{value!r} is not {choice}.", "{value!r} is not one of {choices}."),
)

# The placeholders of values in the help.
METAVARS = (
    N_("[OPTIONS]"),
    N_("COMMAND [ARGS]..."),
    N_("[COMMAND] [ARGS]..."),
    N_("TEXT"),
    N_("INTEGER"),
    N_("INTEGER RANGE"),
    N_("FILE"),
    N_("DIRECTORY"),
    N_("PATH"),
    N_("USER"),
    N_("ROLE"),
    N_("TEAM"),
    N_("NAME"),
    N_("NUMBER"),
    N_("COLUMN=FIELD"),
    N_("DAY"),
    N_("WORD=STATUS"),
    N_("ROW"),
    N_("DATE"),
)


def say(message: str, /, **params: object) -> str:
    """The sentence `message` in the language of this run."""
    return sentence(message, _language.get(), params)


def language() -> str:
    """The language of this run."""
    return _language.get()


def speak(chosen: str) -> None:
    """Set the language of this run, click's own words included."""
    _language.set(chosen)
    speak_in_libraries(chosen)


class _Spoken:
    """`help` is a msgid; whoever reads it gets the sentence."""

    _help: str | None = None

    def _read(self) -> str | None:
        return say(self._help) if self._help else None

    def _set(self, message: str | None) -> None:
        self._help = message

    help = property(_read, _set)


class Command(_Spoken, click.Command):
    """A command whose help is a msgid."""

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        option = super().get_help_option(ctx)
        if option is not None:  # click remembers it from the first time, in that language
            option.help = say("Show this message and exit.")
        return option

    def collect_usage_pieces(self, ctx: click.Context) -> list[str]:
        return [say(piece) for piece in super().collect_usage_pieces(ctx)]


class Option(_Spoken, click.Option):
    """An option whose help is a msgid."""

    def make_metavar(self, ctx: click.Context) -> str:
        return say(super().make_metavar(ctx))


class Argument(_Spoken, click.Argument):
    """An argument whose help is a msgid."""

    def make_metavar(self, ctx: click.Context) -> str:
        return say(super().make_metavar(ctx))


class Group(Command, click.Group):
    """A group of commands; those in `lazy` (name: "module:attribute", help) are imported when they are called."""

    command_class = Command

    def __init__(self, *args: Any, lazy: Mapping[str, tuple[str, str]] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._lazy = dict(lazy or {})

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [*super().list_commands(ctx), *self._lazy]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self._lazy:
            return super().get_command(ctx, cmd_name)
        module, _, attribute = self._lazy[cmd_name][0].partition(":")
        command: click.Command = getattr(importlib.import_module(module), attribute)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list of commands without importing any of the lazy ones."""
        if not self._lazy:
            super().format_commands(ctx, formatter)
            return
        with formatter.section(say("Commands")):
            formatter.write_dl([(name, say(help_)) for name, (_where, help_) in self._lazy.items()])


Group.group_class = Group

Function = TypeVar("Function", bound=Callable[..., Any])


class Keeping(Protocol):
    """A decorator that gives back the function it was put on."""

    def __call__(self, function: Function, /) -> Function: ...


def command(name: str, help_: str) -> Callable[[Callable[..., Any]], Command]:
    """A command of its own."""
    return click.command(name, cls=Command, help=help_)


def group(name: str, help_: str, *, alone: bool = False) -> Callable[[Callable[..., Any]], Group]:
    """A group of commands; `@that.command(name, help=msgid)` adds one. `alone`: it does something without one too."""
    return click.group(name, cls=Group, help=help_, invoke_without_command=alone)


def option(*names: str, help: str, **how: Any) -> Keeping:  # noqa: A002  # click's own word
    """An option; `help` is a msgid."""
    return click.option(*names, cls=Option, help=help, **how)


def argument(name: str, *, help: str | None = None, **how: Any) -> Keeping:  # noqa: A002
    """An argument; `help` is a msgid."""
    return click.argument(name, cls=Argument, help=help, **how)
