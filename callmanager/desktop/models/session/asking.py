"""The questions before a key or a password goes to another server: both servers are named, and what would be sent."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from callmanager.desktop.models.session.keys import Withheld
from callmanager.desktop.remote.servers import Server
from callmanager.desktop.speech import Speech
from callmanager.domain.texts import N_

SHOWN_PAIRS = 8
"""Of a fingerprint, when the whole has been compared before."""


@dataclass(frozen=True, slots=True)
class SendingQuestion:
    """Msgids with `params`. `agree` is called after a yes; without one nothing is sent."""

    title: str
    text: str
    yes: str
    no: str
    params: Mapping[str, Any]
    agree: Callable[[], object]


def about_key(withheld: Withheld, speech: Speech, agree: Callable[[], object]) -> SendingQuestion:
    """Whether a key may go to a server that it was not given for."""
    params = {"server": named(withheld.server, speech), "name": withheld.key.username}
    if withheld.home is None:
        text = N_(
            "IT gave this PC a key without saying for which server. You have chosen %(server)s. If you agree, the key "
            "is sent to it, now and at each start; whoever runs that server can then use it."
        )
    elif withheld.key.username:
        text = N_(
            "This PC remembers %(name)s by a key of %(home)s. %(server)s is another server. If you agree, that key is "
            "sent to it, and whoever runs it can work as %(name)s."
        )
    else:
        text = N_(
            "The key that IT gave this PC belongs to %(home)s. %(server)s is another server. If you agree, the key is "
            "sent to it, and whoever runs it can work with it in your office's list."
        )
    home = {} if withheld.home is None else {"home": named(withheld.home, speech)}
    return SendingQuestion(
        N_("Send a key to another server?"), text, N_("Send the key"), N_("Send nothing"), {**params, **home}, agree
    )


def about_no_encryption(server: str, secure: str, agree: Callable[[], object]) -> SendingQuestion:
    """Whether a server is used without encryption where there has been one with it."""
    text = N_(
        "This PC works with %(home)s, which is encrypted. %(server)s is not: anyone on the network can read what is "
        "sent to it, your password too, or pretend to be it. Agree only if IT told you to."
    )
    params = {"server": server, "home": secure}
    return SendingQuestion(
        N_("Use a server without encryption?"), text, N_("Use it without encryption"), N_("Go back"), params, agree
    )


def named(server: Server, speech: Speech) -> str:
    """A server as people can tell it from another at the same address."""
    if not server.fingerprint:
        return server.address
    shown = ":".join(server.fingerprint.split(":")[:SHOWN_PAIRS])
    return speech.say(N_("%(address)s (certificate %(fingerprint)s…)"), address=server.address, fingerprint=shown)
