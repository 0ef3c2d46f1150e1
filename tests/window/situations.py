"""Situations of the window by chance, in which commands are allowed or not."""

from __future__ import annotations

import random
from dataclasses import fields

from callmanager.desktop.commands import Situation
from callmanager.domain.permissions import ROLES

FLAGS = [field.name for field in fields(Situation) if field.name != "permissions"]


def situations(count: int) -> list[Situation]:
    """So many, the same in every run: any role, any flags."""
    dice = random.Random(20261122)
    made = []
    for _ in range(count):
        role = dice.choice(list(ROLES))
        rights = frozenset(permission.value for permission in ROLES[role])
        made.append(Situation(permissions=rights, **{flag: dice.random() < 0.5 for flag in FLAGS}))
    return made
