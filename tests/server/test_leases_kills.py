"""Contacts of killed windows are free for others when lease and rest have run out since the last renewal."""

from pathlib import Path

import pytest

from callmanager.domain.people import Role
from callmanager.server.leases.terms import LeaseTerms
from callmanager.server.storage.sqlite import SqliteStorage
from tests.lease_kills import RENEWALS_PER_LEASE, build_terms, free_after_kill
from tests.lease_office import LeaseOffice


@pytest.mark.parametrize(
    ("kills", "lease"), [(4, 1.5), pytest.param(60, LeaseTerms().lease.total_seconds(), marks=pytest.mark.long)]
)
def test_a_killed_holder_keeps_others_out_for_lease_and_rest_and_no_longer(
    tmp_path: Path, kills: int, lease: float
) -> None:
    storage = SqliteStorage(tmp_path / "contacts.db")
    office = LeaseOffice(storage)
    holders = {
        office.create(phone=f"8000-{number:04d}").id: office.hire(f"holder{number}", Role.AGENT, office.team_id)
        for number in range(kills)
    }
    waits = free_after_kill(storage, holders, office.people["bea"], lease=lease)
    terms = build_terms(lease)
    longest = (terms.lease + terms.rest).total_seconds()
    storage.close()
    slack = 5.0  # one sweep: what the promise adds, and more than any of these needs
    assert waits[0] > longest - lease / RENEWALS_PER_LEASE - slack
    assert waits[-1] <= longest + slack
    print(
        f"{kills} kills: free after p50 {waits[kills // 2]:.1f} s, p99 {waits[-1]:.1f} s; bound {longest + slack:.1f}"
    )
