"""`docs/cli.md`: every command with its options, out of the commands themselves."""

from collections.abc import Iterator
from typing import Final

import click

from console.cli import main

_TOP: Final = """# The command line
{head}

`rotadesk [--config FILE] [--desk DIR] [--as ADDRESS] [--readonly] COMMAND ... [--json]`

The console and the command line are two faces of one core: the same verbs, the same rules, the
same sentences. Names here are a promise to scripts.

A ticket T is named by any unique prefix, at least 4 characters, of its id (`7KQ2`, `#7kq2`);
several may be given, or `-` reads them from standard input, one a line. Text comes from `--text`,
from `--text-file F` (`-` for standard input), or from `$EDITOR` on a terminal.

With `--json` a list is JSON lines, one object a line, and one thing is one object; an error is
one object on standard error. Times are RFC 3339 in UTC; what is absent is `null`, never missing.
A verb that changes something prints what changed. Of several things each is done or refused on
its own, and the highest status is the program's.

| status | means |
|---|---|
| 0 | done |
| 1 | a fault of ours: please report it |
| 2 | wrong usage or configuration |
| 3 | no such thing, or the name is ambiguous |
| 4 | refused by a rule |
| 5 | the server is not reachable or refused us; nothing is lost |
| 6 | the desk is held by another console or engine, newer than this program, or damaged |
| 130 | interrupted |

```
rotadesk list --json | jq -r 'select(.breached) | .id' | rotadesk take -
```
"""

_NAMES: Final = """## What --json prints

- A ticket: `id` (8 characters) `uid` `subject` `requester{name,email}` `status` `category` `area`
  `assignee{name,email}` `priority` `channel` `tags[]` `kb_links[]{kind,target,title,use}` `bugs[]`
  `features[]` `created_at` `last_activity_at` `first_response_at` `closed_at` `snoozed_until`
  `messages` `unread` `due_at` `breached` `snippet` `gate{open,missing[]}` `reply_waiting`.
- `show` adds `conversation[]`: `{type,id,at,author{name,email},direction,to[],cc[],subject,text,
  attachments[]{filename,mime,size,fetched},message_id,why,verdict,auto,defects[]}`; `type` is
  `message`, `note` or `event`.
- A bug: `id` `title` `severity` `state` `area` `fixer{name,email}` `customers` `customers_7d`
  `customers_30d` `tickets[]` `steps` `expected` `actual` `environment` `impact` `workaround`
  `reproduced` `links[]` `created_at`.
- A feature request: `id` `title` `detail` `area` `state` `customers` `customers_30d` `tickets[]`
  `created_at`.
- An article: `id` `title` `area` `state` `audience` `owner` `used_by` `updated_at`; `kb show` adds
  `text` and `versions` (how many), `kb export` adds `file`. A suggestion: `id` `title` `why`
  `used_by`.
- A reply in the outbox: `id` `ticket` `to[]` `subject` `state` `not_before` `tries` `error` `then`;
  `outbox show` adds `cc[]` `text` `message_id`.
- The team: the names of the document that `team edit` opens.
- `doctor`: `ok`, `checks[]{name,state,message}`, `folders[]{name,role,server,imported,skipped,
  skipped_why[]}`, `skipped[]{folder,uid,why,advice}`; `state` is `ok`, `warning` or `failed`.
- `import mbox` and `import eml` print the tickets that changed; with `--dry-run` one object: `mails`
  `new` `passed` `refused`. `import desk`: `mails` `facts` `same` (every ticket is as the export tells it).
- `export`: `folder` `mails` `exact` `without_text` `files` `missing_files` `tickets` `facts`
  `articles`; what is in the folder: [export.md](export.md).
- An error: `error` (its code), `message` (the sentence), `thing` (what of several), and what it
  knows: `ticket` and `missing[]` of a refused close, `candidates[]` of an ambiguous name,
  `position` and `nearest` of a mistake in a query.
"""


def page(head: str) -> str:
    """Return `docs/cli.md`."""
    lines = [_TOP.format(head=head), _NAMES]
    root = main.root()
    top = click.Context(root, info_name="rotadesk")
    for heading, entries in main.COMMANDS.items():
        lines += [f"## {heading}", ""]
        for entry in entries:
            command = root.get_command(top, entry.name)
            if command is not None:
                lines += _told(click.Context(command, top, info_name=entry.name), command)
    return "\n".join(lines).rstrip() + "\n"


def _told(context: click.Context, command: click.Command) -> Iterator[str]:
    """Yield a command's usage, what it does, and its options; of a noun, all its verbs."""
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            inner = command.get_command(context, name)
            if inner is not None:
                yield from _told(click.Context(inner, context, info_name=name), inner)
        return
    pieces = [one for one in command.collect_usage_pieces(context) if one != "[OPTIONS]"]
    options = [one for one in command.get_params(context) if _is_shown(one)]
    usage = " ".join([context.command_path, *(["[OPTIONS]"] if options else []), *pieces])
    yield f"### {context.command_path.removeprefix('rotadesk ')}"
    yield ""
    yield f"`{usage}`"
    yield ""
    yield " ".join((command.help or "").split())
    yield ""
    if options:
        yield from ("| option | does |", "|---|---|")
        for one in options:
            yield f"| {_named(one, context)} | {_help(one)} |"
        yield ""


def _is_shown(one: click.Parameter) -> bool:
    return isinstance(one, click.Option) and not one.hidden and "--help" not in one.opts


def _named(one: click.Parameter, context: click.Context) -> str:
    names = "`, `".join([*one.opts, *one.secondary_opts])
    if isinstance(one, click.Option) and (one.is_flag or one.count):
        return f"`{names}`"
    return f"`{names} {one.make_metavar(context)}`".replace("|", "\\|")


def _help(one: click.Parameter) -> str:
    return (one.help or "") if isinstance(one, click.Option) else ""
