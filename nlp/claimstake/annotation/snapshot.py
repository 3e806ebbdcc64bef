"""What was pushed, packed into an example's metadata: see `interchange.snapshot`, which files of doccano need too."""

from __future__ import annotations

from claimstake.interchange.snapshot import SnapshotError as SnapshotError
from claimstake.interchange.snapshot import moved as moved
from claimstake.interchange.snapshot import pack as pack
from claimstake.interchange.snapshot import shown as shown
from claimstake.interchange.snapshot import trimmed as trimmed
from claimstake.interchange.snapshot import unpack as unpack
