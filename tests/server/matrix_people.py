"""Who asks in the permission matrix, and what each may, written down once more and apart from the program's table."""

from dataclasses import dataclass

OUTSIDE = {"base_url": "http://192.168.7.1:5000", "environ_overrides": {"REMOTE_ADDR": "192.168.7.20"}}

ROLES = ("agent", "team_lead", "manager", "admin")
TABLE = """
account:own          own  own  own  own
agent:force          -    team all  all
agent:read           team team all  all
agent:set_own        own  own  own  own
api_key:manage       -    -    -    all
api_key:own          own  own  own  own
audit:verify         -    -    -    all
backup:manage        -    -    -    all
call:export          -    team all  all
call:make            ts   ts   all  all
call:override        -    -    all  all
call:read            ts   ts   all  all
campaign:manage      -    -    all  all
campaign:read        ts   ts   all  all
change:read          ts   ts   all  all
change:undo_others   -    team all  all
change:undo_own      own  own  own  own
contact:create       home home all  all
contact:delete       -    team all  all
contact:edit         ts   ts   all  all
contact:export       -    team all  all
contact:import       -    -    all  all
contact:merge        -    team all  all
contact:read         ts   ts   all  all
contact:take_over    -    team all  all
disposition:manage   -    -    all  all
disposition:read     all  all  all  all
do_not_call:add      all  all  all  all
do_not_call:load     -    -    all  all
do_not_call:read     all  all  all  all
do_not_call:remove   -    -    all  all
metrics:read         -    -    -    all
settings:read        -    -    -    all
sync:read            ts   ts   all  all
team:manage          -    -    -    all
team:read            all  all  all  all
user:manage          -    -    -    all
"""
"""`ts`: the own team's records and those of no team; `home`: the own team's, or those of no team for who has none."""

REACHES = {line.split()[0]: dict(zip(ROLES, line.split()[1:], strict=True)) for line in TABLE.strip().splitlines()}


@dataclass(frozen=True)
class Person:
    """Somebody who asks. `only` is what a limited key may; `pending`: a password must be changed first."""

    name: str
    role: str | None
    team: str | None = None
    only: frozenset[str] | None = None
    pending: bool = False

    def reach(self, permission: str) -> str:
        """Whose records he reaches, or "-"."""
        if self.role is None or (self.only is not None and permission not in self.only):
            return "-"
        return REACHES[permission][self.role]

    def sees(self, team: str | None) -> bool:
        """Whether a record of that team exists for him."""
        return self.role in ("manager", "admin") or team is None or team == self.team

    def touches(self, permission: str, team: str | None) -> bool:
        """Whether the permission covers a record of that team."""
        reach = self.reach(permission)
        own = team is not None and team == self.team
        home = reach == "home" and team == self.team
        return home or reach == "all" or (reach == "team" and own) or (reach == "ts" and (own or team is None))


PEOPLE = (
    Person("nobody", None),
    Person("agent-norte", "agent", "Norte"),
    Person("free", "agent"),
    Person("lead-norte", "team_lead", "Norte"),
    Person("lead-free", "team_lead"),
    Person("manager", "manager"),
    Person("boss", "admin"),
    Person("limited", "manager", only=frozenset({"contact:read", "contact:edit"})),
    Person("pending", "admin", pending=True),
)
