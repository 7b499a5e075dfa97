"""The hidden folder in which an export grows, and what is left of one that was killed.

Its name says what made it, a lock on it that somebody still writes there: the system lets go
of the lock however the process ends. So the next export to the same place knows what is
nobody's any more.
"""

import fcntl
import os
import re
import shutil
import tempfile
from pathlib import Path
from typing import Final

_PREFIX: Final = ".rotadesk-export-"
_NAME: Final = re.compile(re.escape(_PREFIX) + r"[a-z0-9_]{8}")
_HOW: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


class Unfinished:
    """A new folder of our own in `parent`, held until it is let go.

    Raises:
        OSError: it cannot be made.
    """

    def __init__(self, parent: Path) -> None:
        self._descriptor: int | None = None
        while self._descriptor is None:
            self.path = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=parent))  # 0700
            # None: another export came between the making and the holding, and swept it away
            self._descriptor = _held(self.path)

    def let_go(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


def sweep(parent: Path) -> int:
    """Remove what exports that were killed left in `parent`; return how many.

    Only this person's folders, by our name, that no export holds; where nothing can be locked,
    none.
    """
    swept = 0
    try:
        found = sorted(path for path in parent.iterdir() if _NAME.fullmatch(path.name))
    except OSError:  # a folder that takes in and shows nothing
        return 0
    for path in found:
        try:
            descriptor = _held(path, only_where_locks_work=True)
        except OSError:  # a link, a file, another person's
            continue
        if descriptor is None:
            continue
        try:
            if os.fstat(descriptor).st_uid == os.geteuid():
                shutil.rmtree(path, ignore_errors=True)
                swept += not path.exists()
        finally:
            os.close(descriptor)
    return swept


def _held(path: Path, *, only_where_locks_work: bool = False) -> int | None:
    """Return a descriptor that holds the folder; None where it is gone or somebody holds it."""
    try:
        descriptor = os.open(path, _HOW)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        is_ours = True
    except OSError as error:
        # some network file systems have no locks: then it is written without, and never swept
        is_ours = not isinstance(error, BlockingIOError) and not only_where_locks_work
    if is_ours and _is_there(path, descriptor):
        return descriptor
    os.close(descriptor)
    return None


def _is_there(path: Path, descriptor: int) -> bool:
    """Return whether the folder that is held still goes by its name: it may be in place by now."""
    try:
        return os.path.samestat(os.fstat(descriptor), path.lstat())
    except OSError:
        return False
