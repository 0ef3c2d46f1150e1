"""Every write, one file per noun. An action changes rows through the transaction it is given and knows no HTTP."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar

from callmanager.domain.permissions import Permission, require
from callmanager.server.changes.write import Transaction

P = ParamSpec("P")
R = TypeVar("R")


def action(
    permission: Permission,
) -> Callable[[Callable[Concatenate[Transaction, P], R]], Callable[Concatenate[Transaction, P], R]]:
    """Declare what an action needs. The actor of the transaction is asked for it before anything happens."""

    def declare(function: Callable[Concatenate[Transaction, P], R]) -> Callable[Concatenate[Transaction, P], R]:
        @wraps(function)
        def checked(tx: Transaction, /, *args: P.args, **kwargs: P.kwargs) -> R:
            require(tx.actor, permission)
            return function(tx, *args, **kwargs)

        return checked

    return declare
