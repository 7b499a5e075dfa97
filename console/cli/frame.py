"""What every command shares: who runs it, how it prints, how it fails.

Errors become sentences, JSON objects and exit statuses here and nowhere else. Results go to
standard output, everything else to standard error.
"""

import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import click

from console import words
from storage import errors

if TYPE_CHECKING:
    from console.config import Config

Plain: TypeAlias = "str | int | bool | Iterable[Plain] | Mapping[str, Plain] | None"
"What JSON can say; `cli.md` lists the names."

DONE: Final = 0
FAULT: Final = 1
USAGE: Final = 2
INTERRUPTED: Final = 130
_STATUS: Final = (
    (errors.UsageError, USAGE),
    (errors.NotFoundError, 3),
    (errors.AmbiguousError, 3),
    (errors.RuleBrokenError, 4),
    (errors.ServerError, 5),
    (errors.DeskUnavailableError, 6),
)


def status_of(error: errors.DeskError) -> int:
    """Return the exit status that scripts may rely on for this kind of error."""
    return next((status for kind, status in _STATUS if isinstance(error, kind)), FAULT)


@dataclass(slots=True)
class Run:
    """One run of the program: its global options, and how it went so far."""

    config_path: Path | None = None
    desk_path: Path | None = None
    as_email: str | None = None
    readonly: bool = False
    as_json: bool = False
    status: int = field(default=DONE, init=False)
    "The highest status of all things done so far."

    def config(self) -> "Config":
        """Read the configuration.

        Raises:
            ConfigError: it is missing or has a mistake, which the sentence names.
        """
        from console import config, paths  # noqa: PLC0415 - not every command needs one

        read = config.load(paths.config_file(self.config_path))
        for sentence in read.mended:
            self.say(sentence)
        return read if self.as_email is None else read.acting_as(self.as_email)

    def desk_folder(self) -> Path:
        from console import paths  # noqa: PLC0415 - not every command needs one

        return paths.desk_folder(self.desk_path)

    def say(self, sentence: str) -> None:
        """Tell people something that is no result; silent with `--json`."""
        if not self.as_json:
            click.echo(printable(sentence), err=True)

    def tell(self, text: str) -> None:
        """Print a line of the result for people."""
        click.echo(printable(text))

    def emit(self, record: Mapping[str, Plain]) -> None:
        """Print one thing as a JSON object on a line of its own, at once."""
        is_utf8 = (getattr(sys.stdout, "encoding", None) or "utf-8").lower().startswith("utf")
        click.echo(harmless(json.dumps(record, ensure_ascii=not is_utf8, default=_listed)))

    @contextmanager
    def attempt(self, thing: str | None = None) -> Iterator[None]:
        """Do one of several things: its refusal is told and counted, the next one still runs."""
        try:
            yield
        except errors.DeskError as error:
            self.refused(error, thing=thing)

    def refused(self, error: errors.DeskError, *, thing: str | None = None) -> None:
        """Tell an error the way the caller reads it, and remember the status it asks for."""
        self.status = max(self.status, status_of(error))
        if self.as_json:
            click.echo(harmless(json.dumps(as_json(error, thing=thing), default=_listed)), err=True)
            return
        told = words.for_command(error)
        click.echo(f"rotadesk: {printable(told.sentence)}", err=True)
        if told.next_step:
            click.echo(f"          {printable(told.next_step)}", err=True)


def as_json(error: errors.DeskError, *, thing: str | None = None) -> Mapping[str, Plain]:
    """Return the error object of `cli.md`: code, sentence, and what the error knows."""
    told: dict[str, Plain] = {"error": error.code, "message": str(error)}
    if thing is not None:
        told["thing"] = thing
    if isinstance(error, errors.CloseBlockedError):
        told |= {"ticket": thing or error.ticket, "missing": sorted(error.missing)}
    if isinstance(error, errors.UsageError) and error.position is not None:
        told |= {"position": error.position, "nearest": error.nearest or None}
    if isinstance(error, errors.AmbiguousError):
        told["candidates"] = error.candidates
    return told


def printable(text: str) -> str:
    """Return `text` without anything a terminal would obey; line ends stay."""
    if text.isprintable():
        return text
    return "".join(one if one.isprintable() or one == "\n" else "\ufffd" for one in text)


def readable(text: str) -> str:
    """Return an argument with bytes that are no UTF-8 replaced."""
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def harmless(line: str) -> str:
    """Return a line of JSON that says the same and that a terminal does not obey."""
    if line.isprintable():
        return line
    return "".join(one if one.isprintable() else _escaped(one) for one in line)


def _escaped(one: str) -> str:
    # of what json.dumps leaves as it is, DEL alone is ASCII
    return "\\u007f" if one == "\x7f" else json.dumps(one)[1:-1]


def _listed(value: Any) -> list[Any]:  # noqa: ANN401 - json's own signature
    return sorted(value) if isinstance(value, frozenset | set) else list(value)


def _remember(ctx: click.Context, param: click.Parameter, value: object) -> None:
    if value is not None and value is not False:
        setattr(ctx.ensure_object(Run), str(param.name), value)


class _Global(click.Option):
    """An option of the program, not of one command: kept in the Run."""

    def __init__(
        self,
        names: list[str],
        *,
        told: str,
        metavar: str | None = None,
        is_path: bool = False,
        is_hidden: bool = False,
    ) -> None:
        super().__init__(
            names,
            help=told,
            metavar=metavar,
            is_flag=metavar is None,
            type=click.Path(path_type=Path) if is_path else None,
            hidden=is_hidden,
            expose_value=False,
            callback=_remember,
        )


def global_options(*, is_hidden: bool) -> list[click.Parameter]:
    """Return the options that every command takes, before or after its name."""
    return [
        _Global(
            ["--config", "config_path"],
            told="Another config.toml.",
            metavar="FILE",
            is_path=True,
            is_hidden=is_hidden,
        ),
        _Global(
            ["--desk", "desk_path"],
            told="Another desk folder.",
            metavar="DIR",
            is_path=True,
            is_hidden=is_hidden,
        ),
        _Global(
            ["--as", "as_email"],
            told="Act as this engineer.",
            metavar="ADDRESS",
            is_hidden=is_hidden,
        ),
        _Global(
            ["--readonly"],
            told="A trial: decide and send nothing, change nothing on the server.",
            is_hidden=is_hidden,
        ),
        _Global(["--json", "as_json"], told="For scripts: JSON.", is_hidden=is_hidden),
    ]


class Verb(click.Command):
    """A command that takes the global options after its name too."""

    def get_params(self, ctx: click.Context) -> list[click.Parameter]:
        return [*super().get_params(ctx), *global_options(is_hidden=True)]


class Noun(click.Group):
    """Verbs behind a noun: `kb show`, `bug list`."""

    command_class = Verb

    def get_params(self, ctx: click.Context) -> list[click.Parameter]:
        return [*super().get_params(ctx), *global_options(is_hidden=True)]


class Query(Verb):
    """A verb whose words are a query, which may begin with `-`: it has no short options."""

    ignore_unknown_options = True

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        rest = super().parse_args(ctx, args)
        for words_given in ctx.params.values():
            for one in words_given if isinstance(words_given, tuple) else ():
                if str(one).startswith("--"):
                    raise click.NoSuchOption(str(one), ctx=ctx)
        return rest
