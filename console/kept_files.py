"""The files that go along with a draft: kept among the desk's files until the reply has left."""

from collections.abc import Sequence
from pathlib import Path

from storage.db.blobs import Blobs
from storage.errors import DeskError
from storage.mail.compose import OutgoingFile
from storage.records.ticket import DraftFile


def keep(desk: Path, files: Sequence[OutgoingFile]) -> tuple[DraftFile, ...]:
    """Write the files and return what a draft says of them; it waits for the disk.

    Raises:
        DeskError: the disk takes no more files.
    """
    blobs = Blobs(desk)
    try:
        return tuple(
            DraftFile(
                filename=one.filename,
                mime=one.mime,
                size=len(one.content),
                sha256=blobs.put(one.content).hex(),
            )
            for one in files
        )
    except OSError as error:
        raise DeskError(f"The draft's files cannot be kept: {error.strerror}.") from None


def found(desk: Path, kept: Sequence[DraftFile]) -> tuple[OutgoingFile, ...]:
    """Return the files of a draft; one that is not here any more is left out."""
    blobs, files = Blobs(desk), []
    for one in kept:
        try:
            content = blobs.read(bytes.fromhex(one.sha256))
        except OSError:
            continue
        files.append(OutgoingFile(filename=one.filename, mime=one.mime, content=content))
    return tuple(files)
