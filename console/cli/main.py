"""The command line: which word runs what.

One table. A verb's module is imported when its verb is used, so `list` never waits for what
`sync` needs, and `--help` imports none of them.
"""

import contextlib
import errno
import importlib
import io
import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import click

from console import words
from console.cli import frame
from storage.errors import DeskError, DeskUnavailableError, UsageError


@dataclass(frozen=True, slots=True)
class Entry:
    """A word of the command line, where it lives, and its line in `--help`."""

    name: str
    where: str
    "module:attribute"
    help: str


_DISK: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO, errno.EFBIG})
COMMANDS: Final[dict[str, tuple[Entry, ...]]] = {
    "Begin": (
        Entry("doctor", "console.cli.doctor:doctor", "Check installation, desk, servers, terminal"),
        Entry("setup", "console.cli.setup:setup", "Ask, try the account, write config.toml"),
        Entry("demo", "console.cli.demo:demo", "The console on a practice desk, to try it out"),
        Entry("sync", "console.cli.sync:sync", "Keep the desk and the mailbox alike"),
        Entry("offline", "console.cli.offline:command", "Fetch all that is on the server only"),
    ),
    "Read": (
        Entry("list", "console.cli.reads:list_tickets", "The open tickets, or those of a query"),
        Entry("show", "console.cli.reads:show", "One ticket with everything said on it"),
        Entry("search", "console.cli.reads:search", "All tickets that hold some words"),
    ),
    "Decide": (
        Entry("take", "console.cli.triage:take", "Assign to me"),
        Entry("assign", "console.cli.triage:assign", "Assign to an engineer"),
        Entry("category", "console.cli.triage:category", "Why the customer had to write"),
        Entry("area", "console.cli.triage:area", "Which part of the product"),
        Entry("priority", "console.cli.triage:set_priority", "How soon it must be answered"),
        Entry("status", "console.cli.triage:set_status", "Open, pending, on_hold or closed"),
        Entry("tag", "console.cli.triage:tag", "Put tags on"),
        Entry("untag", "console.cli.triage:untag", "Take tags off"),
        Entry("link", "console.cli.triage:link", "Link the article that answers"),
        Entry("unlink", "console.cli.triage:unlink", "Take such a link away"),
        Entry("bug-link", "console.cli.triage:bug_link", "Link to a bug"),
        Entry("feature-link", "console.cli.triage:feature_link", "Link to a feature request"),
        Entry("dismiss", "console.cli.triage:dismiss", "Not a ticket: spam, a robot, misdirected"),
        Entry("reopen", "console.cli.triage:reopen", "Open again"),
        Entry("close", "console.cli.triage:close", "Close through the gate"),
        Entry("note", "console.cli.answers:note", "Add an internal note"),
        Entry("undo", "console.cli.steps:undo", "Take back my last change"),
        Entry("redo", "console.cli.steps:redo", "Make the last undo undone"),
    ),
    "Answer": (
        Entry("reply", "console.cli.answers:reply", "Queue an answer to the customer"),
        Entry("outbox", "console.cli.outbox:outbox", "What waits to leave"),
    ),
    "Work": (
        Entry("bug", "console.cli.bugs:bug", "What is broken, who fixes it, whom it hits"),
        Entry("feature", "console.cli.features:feature", "What customers ask for"),
        Entry("kb", "console.cli.kb:kb", "The knowledge base"),
    ),
    "Desk": (
        Entry("team", "console.cli.team:team", "What the team shares about its desk"),
        Entry("import", "console.cli.imports:import_mail", "Take mail, or a whole desk, in"),
        Entry("export", "console.cli.export:export", "Write everything out for others to read"),
        Entry("mail", "console.cli.mail:group", "How rotadesk reads raw mail"),
    ),
}
"What there is, by the heading it stands under in `--help`."


class Rotadesk(click.Group):
    """The root: looks its commands up in the table."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        del ctx  # the table is the same wherever it is asked for
        return [entry.name for section in COMMANDS.values() for entry in section]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        entry = next(
            (one for row in COMMANDS.values() for one in row if one.name == cmd_name), None
        )
        if entry is None:
            import difflib  # noqa: PLC0415 - only a mistake needs it

            near = difflib.get_close_matches(cmd_name, self.list_commands(ctx), 1)
            hint = f" Did you mean {near[0]}?" if near else " See rotadesk --help."
            raise UsageError(f"There is no command {frame.printable(cmd_name)!r}.{hint}")
        module, _, attribute = entry.where.partition(":")
        command = getattr(importlib.import_module(module), attribute)
        if not isinstance(command, click.Command):
            raise TypeError(entry.where)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        del ctx  # the table says it all
        for heading, entries in COMMANDS.items():
            with formatter.section(heading):
                formatter.write_dl([(one.name, one.help) for one in entries])


def _version(ctx: click.Context, _param: click.Parameter, value: bool) -> None:  # noqa: FBT001 - click's own signature
    if value:
        from importlib.metadata import version  # noqa: PLC0415 - asked for once in a lifetime

        click.echo(f"rotadesk {version('rotadesk')}")
        ctx.exit()


def root() -> click.Group:
    """Return the command line; without a command it opens the console."""
    return Rotadesk(
        "rotadesk",
        callback=_without_a_command,
        invoke_without_command=True,
        help="A support desk that lives in the terminal. Without a command it opens the console.",
        params=[
            *frame.global_options(is_hidden=False),
            click.Option(
                ["--version"],
                is_flag=True,
                is_eager=True,
                expose_value=False,
                callback=_version,
                help="Show the version.",
            ),
        ],
    )


@click.pass_context
def _without_a_command(ctx: click.Context) -> int:
    if ctx.invoked_subcommand is not None:
        return frame.DONE
    from console.cli.opening import open_desk  # noqa: PLC0415 - only the console needs Textual

    return open_desk(ctx.ensure_object(frame.Run))


def run(arguments: Sequence[str]) -> int:
    """Run what `arguments` ask for and return the exit status."""
    # Before click has read them: a mistake in the arguments is told as JSON too.
    this = frame.Run(as_json="--json" in arguments)
    returned = frame.DONE
    _any_text()
    try:
        with _quiet_pipe():
            returned = root().main(
                list(arguments), prog_name="rotadesk", standalone_mode=False, obj=this
            )
    except click.ClickException as error:
        return _misused(this, error)
    except (click.Abort, KeyboardInterrupt):
        return frame.INTERRUPTED
    except DeskError as error:
        this.refused(error)
        return this.status
    except (OSError, UnicodeEncodeError) as error:
        return _outside(this, error)
    except Exception as error:  # noqa: BLE001 - the last resort: one sentence, no traceback, no locals
        return _broken(this, error)
    return max(this.status, returned if isinstance(returned, int) else frame.DONE)


def _misused(this: frame.Run, error: click.ClickException) -> int:
    context = error.ctx if isinstance(error, click.UsageError) else None
    where = context.command_path if context else "rotadesk"
    told = f"{error.format_message()} See {where} --help."
    is_bare = isinstance(error, click.exceptions.NoArgsIsHelpError) or "Missing command" in told
    if context and is_bare and isinstance(context.command, click.Group):
        told = f"{where} needs a verb: {', '.join(context.command.list_commands(context))}."
    this.refused(UsageError(told))
    return frame.USAGE


def _outside(this: frame.Run, error: OSError | UnicodeEncodeError) -> int:
    """Tell what is no fault of ours: a full disk, an argument that is no text."""
    if isinstance(error, UnicodeEncodeError):
        # Python hands such bytes of the command line over as lone surrogates
        this.refused(UsageError("An argument is not UTF-8 text."))
        return this.status
    if error.errno not in _DISK:
        return _broken(this, error)
    where = f" ({error.filename})" if isinstance(error.filename, str) else ""
    told = f"The disk does not take it: {error.strerror}{where}. Free some room and try again."
    this.refused(DeskUnavailableError(told))
    return this.status


def _any_text() -> None:
    """Let every text be printed: what the terminal's encoding lacks becomes a question mark."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def _broken(this: frame.Run, error: Exception) -> int:
    from console import logs  # noqa: PLC0415 - only a fault of ours needs a log

    log = logs.record_fault(error, folder=this.desk_folder())
    this.refused(DeskError(words.fault(log)))
    return frame.FAULT


@contextlib.contextmanager
def _quiet_pipe() -> Iterator[None]:
    try:
        yield
        sys.stdout.flush()
    except BrokenPipeError:
        # `rotadesk list | head` has what it wanted; Python's own flush at exit must find a hole.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
