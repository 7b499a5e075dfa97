"""What `doctor` finds among the files of a desk: those that are missing, and those left over."""

from pathlib import Path

from console.checkup import Check, State
from storage.db.blobs import Blobs
from storage.db.readonly import Reader
from storage.queries import health
from storage.rules.travelling import megabytes


def files(reader: Reader, folder: Path) -> Check:
    """Return whether every file that a mail or a draft needs is here."""
    on_disk = {one.sha256: one.size for one in Blobs(folder).every()}
    needed = set(reader.run(health.files_needed()))
    away = set(reader.run(health.files_away()))
    missing = len(needed - on_disk.keys())
    told = f"{len(on_disk):,} files, {megabytes(sum(on_disk.values()))}."
    if away - needed:
        told += f" {len(away - needed):,} more were put away; opening one fetches it again."
    if left_over := on_disk.keys() - needed:
        size = megabytes(sum(on_disk[one] for one in left_over))
        told += (
            f" {len(left_over):,} belong to no mail, {size}: the engine takes them away in time."
        )
    if missing:
        told += f" {missing:,} that mails need are missing: restore {folder / 'files'} from a copy."
        return Check(name="files", state=State.WARNING, told=told)
    return Check(name="files", state=State.OK, told=told)
