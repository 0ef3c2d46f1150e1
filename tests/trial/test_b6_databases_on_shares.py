"""B6: a database on a network share is refused with what to do; a link and the file it leads to are one database."""

from __future__ import annotations

from pathlib import Path

import pytest

from callmanager.domain.errors import CallManagerError
from callmanager.server.process.ownership import lock_path
from callmanager.server.storage.shares import check_local, is_unc, mounted_share, share_kind
from callmanager.settings import load_settings
from tests.live_server import launch_server, start_server

MOUNTS = """\
/dev/sda1 / ext4 rw 0 0
//nas/office /mnt/office cifs rw 0 0
nas:/export /srv/shared\\040data nfs4 rw 0 0
/dev/sdb1 /mnt/office/local ext4 rw 0 0
user@pc: /home/ana/pc fuse.sshfs rw 0 0
tmpfs /over tmpfs rw 0 0
nas:/x /over nfs rw 0 0
"""


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/var/office/contacts.db", None),
        ("/mnt/office/contacts.db", "cifs"),
        ("/mnt/office2/contacts.db", None),
        ("/mnt/office/local/contacts.db", None),
        ("/srv/shared data/contacts.db", "nfs4"),
        ("/home/ana/pc/contacts.db", "sshfs"),
        ("/over/contacts.db", "nfs"),
    ],
)
def test_the_mount_that_holds_a_path_tells_whether_it_is_a_share(path: str, kind: str | None) -> None:
    assert mounted_share(path, MOUNTS) == kind


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (r"\\nas\office\contacts.db", True),
        ("//nas/office/contacts.db", True),
        (r"\\?\UNC\nas\office\contacts.db", True),
        (r"C:\office\contacts.db", False),
        (r"\\?\C:\office\contacts.db", False),
    ],
)
def test_a_unc_path_is_a_share_however_it_is_written(path: str, expected: bool) -> None:
    assert is_unc(path) is expected


def test_a_disk_of_this_pc_is_none(tmp_path: Path) -> None:
    assert share_kind(tmp_path / "contacts.db") is None
    check_local(tmp_path / "contacts.db")


def test_a_link_to_a_database_that_is_served_is_the_same_database(tmp_path: Path) -> None:
    with start_server(tmp_path / "office") as server:
        other = tmp_path / "other"
        other.mkdir()
        (other / "contacts.db").symlink_to(server.database)
        second = launch_server(other)
        assert second.process.wait(60) == 1
        assert f"{server.process.pid}" in second.printed()
        assert server.stop() == 0


def test_a_link_that_leads_nowhere_yet_names_the_file_that_will_be_made(tmp_path: Path) -> None:
    (tmp_path / "contacts.db").symlink_to(tmp_path / "disk" / "office.db")
    settings = load_settings(tmp_path, {}, {})
    assert settings.DATABASE == tmp_path / "disk" / "office.db"
    assert lock_path(settings.DATABASE) == tmp_path / "disk" / "office.db.lock"


def test_the_refusal_says_that_backups_may_stay_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    table = tmp_path / "mounts"
    table.write_text(f"/dev/sda1 / ext4 rw 0 0\n//nas/office {tmp_path} cifs rw 0 0\n", "utf-8")
    from callmanager.server.storage import shares  # noqa: PLC0415

    monkeypatch.setattr(shares, "MOUNTS", table)
    with pytest.raises(CallManagerError, match="backups may be") as caught:
        check_local(tmp_path / "contacts.db")
    assert caught.value.code == "database_on_share"
