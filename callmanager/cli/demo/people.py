"""The people of the demo: who they are and how they sign in."""

from __future__ import annotations

from typing import NamedTuple

from callmanager.domain.people import Role

# The same for all and no secret: the demo listens on this PC only.
PASSWORD = "lluvia-tejado-37"  # noqa: S105


class Person(NamedTuple):
    username: str
    role: Role
    team: str | None


SALES, CARE = "Ventas", "Retención"
TEAMS = (SALES, CARE)
CAMPAIGNS = (("Bienvenida 2026", SALES), ("Fibra hogar", SALES), ("Recuperación de clientes", CARE))

ADMIN = Person("admin", Role.ADMIN, None)
MANAGER = Person("laura", Role.MANAGER, None)
LEADS = (Person("marta", Role.TEAM_LEAD, SALES), Person("diego", Role.TEAM_LEAD, CARE))
AGENTS = (
    Person("sofia", Role.AGENT, SALES),
    Person("pablo", Role.AGENT, SALES),
    Person("lucia", Role.AGENT, SALES),
    Person("andres", Role.AGENT, CARE),
    Person("elena", Role.AGENT, CARE),
    Person("javier", Role.AGENT, CARE),
)
EVERYBODY = (ADMIN, MANAGER, *LEADS, *AGENTS)
