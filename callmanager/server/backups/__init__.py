"""Backups of the SQLite database: taken while the server runs, verified, listed, pruned, restored, and rehearsed.

Each backup is one plain SQLite file with a manifest beside it; every function works on paths and knows no server.
"""

from callmanager.server.backups.contents import Contents, ContentsProblem
from callmanager.server.backups.drill import Booted, DrillResult, drill
from callmanager.server.backups.listing import Backup, get_backup, list_backups
from callmanager.server.backups.losses import Lost, preview_restore
from callmanager.server.backups.manifests import Manifest
from callmanager.server.backups.marks import Adoption, Mark, adopt_if_copied, find_mark
from callmanager.server.backups.restore import Restored, restore
from callmanager.server.backups.retention import Keep, prune
from callmanager.server.backups.routine import BackupState, backup_state
from callmanager.server.backups.take import take_backup
from callmanager.server.backups.verify import Verification, verify_backup

__all__ = [
    "Adoption",
    "Backup",
    "BackupState",
    "Booted",
    "Contents",
    "ContentsProblem",
    "DrillResult",
    "Keep",
    "Lost",
    "Manifest",
    "Mark",
    "Restored",
    "Verification",
    "adopt_if_copied",
    "backup_state",
    "drill",
    "find_mark",
    "get_backup",
    "list_backups",
    "preview_restore",
    "prune",
    "restore",
    "take_backup",
    "verify_backup",
]
