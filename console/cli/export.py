"""`export`: everything on the desk, in formats that others read."""

from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

import click

from console.cli import desks, kb, kb_files
from console.cli.frame import Run, Verb, readable
from console.cli.progress import Progress
from storage.db.readonly import Reader
from storage.queries import articles, hot
from storage.records.query import Runs

if TYPE_CHECKING:
    from storage.portable.export import Counts

_ALL = 1_000_000


@click.command("export", cls=Verb)
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.pass_obj
def export(this: Run, folder: Path) -> None:
    """Write everything into a new folder, in formats that others read.

    Mail as mbox, tickets as JSON and CSV, every decision as JSON, articles as Markdown, files
    under their names. No password is in it. `import desk` makes the same desk of it.
    """
    from storage.db.blobs import Blobs  # noqa: PLC0415 - only this verb needs it
    from storage.portable.export import Export  # noqa: PLC0415 - the parser
    from storage.portable.folder import OutFolder  # noqa: PLC0415 - only this verb needs it
    from storage.queries import exports  # noqa: PLC0415 - only this verb needs it

    target = folder.absolute()
    with desks.reading(this) as (desk, _), desk.snapshot(), OutFolder(target) as out:
        total = desk.run(exports.count("message"))[0]
        with Progress(this, total=total) as progress:
            made = Export(
                run=desk.run,
                blobs=Blobs(this.desk_folder()),
                out=out,
                step=progress.one,
            )
            made.mails()
            made.tickets()
            made.facts()
            made.work()
            made.articles(lambda path: _articles(desk, path))
            address = hot.settings_of(desk.run(hot.settings_rows())).address
            made.finish(program=metadata.version("rotadesk"), address=address)
    if out.swept:
        this.say(f"Removed: what {out.swept:,} exports left when they were cut off.")
    _tell(this, target, made.counts)


def _tell(this: Run, target: Path, counts: "Counts") -> None:
    if this.as_json:
        told = {name: getattr(counts, name) for name in type(counts).__slots__}
        this.emit({"folder": readable(str(target)), **told})
        return
    this.tell(readable(str(target)))
    this.say(
        f"{counts.mails:,} mails ({counts.exact:,} as they travelled, the rest rebuilt),"
        f" {counts.tickets:,} tickets, {counts.facts:,} decisions, {counts.articles:,} articles,"
        f" {counts.files:,} files."
    )
    if counts.without_text or counts.missing_files:
        this.say(
            f"Not on this desk, and so not in it: the text of {counts.without_text:,} mails and"
            f" {counts.missing_files:,} files. `rotadesk sync` fetches texts."
        )


def _articles(desk: Reader, folder: Path) -> Iterator[Path]:
    run: Runs = desk.run
    for one in desk.run(articles.articles(limit=_ALL)):
        yield kb_files.write(kb.article(run, one.id), folder)
