"""Attachments as files named by their SHA-256.

File first (temporary, fsync, rename), row after: no row without its file. The same logo in
a thousand signatures is one file. Above 50 KB this beats a blob in SQLite three times.
"""

import contextlib
import hashlib
import os
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

_NAME_LENGTH = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptFile:
    sha256: bytes
    size: int
    used_at: float
    "Seconds since 1970: written, or last opened by somebody."


class Blobs:
    """The files of one desk."""

    def __init__(self, desk: Path) -> None:
        self._folder = desk / "files"
        self.added = 0
        "Bytes that were written here."

    def put(self, content: bytes) -> bytes:
        """Keep `content`; return its SHA-256."""
        digest = hashlib.sha256(content).digest()
        if not self.has(digest):
            return self.put_pieces([content])
        self._used(digest)
        return digest

    def put_pieces(self, pieces: Iterable[bytes]) -> bytes:
        """Keep what comes in pieces, never held whole; return its SHA-256."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        told, size = hashlib.sha256(), 0
        descriptor, temporary = tempfile.mkstemp(dir=self._folder)  # 0600 by its own rule
        try:
            with os.fdopen(descriptor, "wb") as file:
                for one in pieces:
                    told.update(one)
                    size += file.write(one)
                file.flush()
                os.fsync(file.fileno())
            path = self.path(told.digest())
            path.parent.mkdir(mode=0o700, exist_ok=True)
            self.added += 0 if path.exists() else size
            Path(temporary).rename(path)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
        return told.digest()

    def path(self, digest: bytes) -> Path:
        name = digest.hex()
        return self._folder / name[:2] / name

    def has(self, digest: bytes) -> bool:
        return self.path(digest).exists()

    def read(self, digest: bytes) -> bytes:
        """Return a file; from now on it counts as used.

        Raises:
            FileNotFoundError: it is not here.
        """
        content = self.path(digest).read_bytes()
        self._used(digest)
        return content

    def remove(self, digest: bytes) -> None:
        """Take a file away; whoever has it open reads on."""
        self.path(digest).unlink(missing_ok=True)

    def every(self) -> Iterator[KeptFile]:
        """Yield every file, in no order; what is no file of ours is passed over."""
        for path in self._folder.glob("??/*"):
            if len(path.name) != _NAME_LENGTH:
                continue
            with contextlib.suppress(OSError, ValueError):
                found = path.stat()
                yield KeptFile(
                    sha256=bytes.fromhex(path.name), size=found.st_size, used_at=found.st_mtime
                )

    def is_untouched(self, one: KeptFile) -> bool:
        """Return whether nobody has written or used it since it was found like that."""
        with contextlib.suppress(OSError):
            return self.path(one.sha256).stat().st_mtime == one.used_at
        return False

    def sweep(self, *, older_than: float) -> None:
        """Take away what killed processes left half written before then, seconds since 1970."""
        with contextlib.suppress(FileNotFoundError), os.scandir(self._folder) as found:
            for one in found:
                if one.is_file(follow_symlinks=False) and one.stat().st_mtime < older_than:
                    Path(one.path).unlink(missing_ok=True)

    def _used(self, digest: bytes) -> None:
        with contextlib.suppress(OSError):
            os.utime(self.path(digest))
