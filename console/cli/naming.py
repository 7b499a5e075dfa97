"""What a person or a script calls a thing, and which thing it is.

A name is any unique prefix, at least 4 characters, of a uid; of a ticket also of an older
name that leads to it. `-` reads the names from standard input, one a line.
"""

import sys
from collections.abc import Callable, Iterable, Sequence
from typing import Final

from storage.errors import AmbiguousError, DeskError, NotFoundError, UsageError
from storage.queries import hot
from storage.records.ids import HANDLE_LENGTH, SCRIPT_LENGTH, TicketId, as_typed
from storage.records.query import Query, Runs

STDIN: Final = "-"
_LONGEST_SHOWN: Final = 40
Named = Callable[[str], Query[str]]


def names(given: Sequence[str]) -> list[str]:
    """Return the names given, those on standard input in the place of `-`."""
    read: list[str] = []
    for one in given:
        if one == STDIN:
            read += [line.strip() for line in sys.stdin if line.strip()]
        else:
            read.append(one)
    return read


def ticket(run: Runs, name: str) -> TicketId:
    """Return the uid of the ticket that `name` leads to; a merged one's is its survivor's.

    Raises:
        UsageError: shorter than 4 characters.
        NotFoundError: no such ticket.
        AmbiguousError: several; with the candidates.
    """
    prefix = _prefix(name, "ticket")
    found = _survivors(run, run(hot.uids_named(prefix)), exact=prefix)
    found = found or _survivors(run, run(hot.aliased(prefix)), exact="")
    return TicketId(_the_one(found, name, "ticket"))


def ticket_as_it_is(run: Runs, name: str) -> TicketId:
    """Return the ticket itself, even if it was merged: for taking it out again."""
    prefix = _prefix(name, "ticket")
    return TicketId(_the_one(run(hot.uids_named(prefix)), name, "ticket"))


def thing(run: Runs, name: str, *, what: str, named: Named) -> str:
    """Return the uid of a bug, feature request, article or reply."""
    return _the_one(run(named(_prefix(name, what))), name, what)


def tickets(
    run: Runs, given: Sequence[str], *, refused: Callable[[DeskError, str], None]
) -> list[TicketId]:
    """Return the tickets of `given`, each once, in that order; what names none is refused."""
    found: dict[TicketId, None] = {}
    for name in names(given):
        try:
            found.setdefault(ticket(run, name))
        except DeskError as error:
            refused(error, name)
    return list(found)


def _prefix(name: str, what: str) -> str:
    typed = as_typed(name)
    if len(typed) < HANDLE_LENGTH:
        raise UsageError(
            f"'{_shown(name)}' is too short for a {what}: give at least {HANDLE_LENGTH} characters."
        )
    if not typed.isalnum() or not typed.isascii():
        raise NotFoundError(f"There is no {what} {_shown(name)} on this desk.")
    return typed


def _survivors(run: Runs, uids: Iterable[str], *, exact: str) -> list[str]:
    """Return whom `uids` lead to, each once; `exact` alone where it is one of them."""
    uids = list(uids)
    if exact in uids:
        uids = [exact]
    survivors: dict[str, None] = {}
    for uid in uids:
        seen = {uid}
        last = uid
        while (further := run(hot.leads_to(last))) and further[0] not in seen:
            last = further[0]
            seen.add(last)
        survivors.setdefault(last)
    return list(survivors)


def _the_one(found: Sequence[str], name: str, what: str) -> str:
    if not found:
        raise NotFoundError(f"There is no {what} {_shown(name)} on this desk.")
    if len(found) > 1:
        raise AmbiguousError(
            f"'{_shown(name)}' names several {what}s.", [uid[:SCRIPT_LENGTH] for uid in found]
        )
    return found[0]


def _shown(name: str) -> str:
    return name[:_LONGEST_SHOWN]
