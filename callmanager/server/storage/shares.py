"""Knows whether a path is on a network share: SQLite's journal and locks do not hold there, and databases break."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

from callmanager.domain.errors import Unavailable
from callmanager.domain.texts import N_

MOUNTS = Path("/proc/self/mounts")
_DRIVE_REMOTE = 4
# As the kernel names them. The last line are folders that a virtual machine shares with its host.
_SHARES = frozenset({
    *("nfs", "nfs4", "cifs", "smb2", "smb3", "smbfs", "ncpfs", "afs", "coda", "ceph", "lustre", "glusterfs", "gfs2"),
    *("ocfs2", "beegfs", "davfs", "davfs2", "sshfs", "rclone", "s3fs"),
    *("vboxsf", "vmhgfs", "vmhgfs-fuse", "prl_fs", "drvfs"),
})  # fmt: skip


def check_local(database: Path) -> None:
    """Raise Unavailable(database_on_share). Backups may well be on a share: each is one closed file."""
    kind = share_kind(database)
    if kind is not None:
        raise Unavailable(
            "database_on_share",
            N_(
                "The database %(path)s is on a network folder (%(kind)s), where it would be damaged. Put it on a disk "
                "of this PC; backups may be on a network folder."
            ),
            path=str(database),
            kind=kind,
        )


def share_kind(path: Path) -> str | None:
    """What kind of share the path is on; None for a disk of this PC, or when nobody can say."""
    real = os.path.realpath(path)
    if sys.platform == "win32":
        return _windows_kind(real)
    try:
        return mounted_share(real, MOUNTS.read_text("utf-8", "surrogateescape"))
    except OSError:
        return None


def mounted_share(path: str, mounts: str) -> str | None:
    """The kind of share, if any, of the mount that holds `path`; `mounts` is the kernel's table, the last of a name
    being the one that is seen."""
    found: tuple[int, str] = (-1, "")
    for line in mounts.splitlines():
        fields = line.split(" ")
        if len(fields) < 3:
            continue
        point = re.sub(r"\\([0-7]{3})", lambda octal: chr(int(octal[1], 8)), fields[1]).rstrip("/")
        if (path == point or path.startswith(f"{point}/")) and len(point) >= found[0]:
            found = (len(point), fields[2])
    kind = found[1].removeprefix("fuse.")
    return kind if kind in _SHARES else None


def is_unc(path: str) -> bool:
    """Whether a Windows path names another computer: `\\\\server\\share`, also written the long way."""
    text = path.replace("/", "\\")
    if text.startswith(("\\\\?\\", "\\\\.\\")):
        return text[4:].upper().startswith("UNC\\")
    return text.startswith("\\\\")


def _windows_kind(real: str) -> str | None:
    if is_unc(real):
        return "UNC"
    if sys.platform == "win32":
        import ctypes  # noqa: PLC0415

        drive = os.path.splitdrive(real)[0]
        if drive and ctypes.windll.kernel32.GetDriveTypeW(f"{drive}\\") == _DRIVE_REMOTE:
            return drive
    return None
