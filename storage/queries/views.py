"""The views of the inbox: what waits, and whose it is."""

from dataclasses import dataclass

from storage.queries.hot import Values


@dataclass(frozen=True, slots=True)
class View:
    """A named part of the open tickets, as SQL over `t`."""

    id: str
    where: str
    values: Values = ()


def of(engineer: str) -> tuple[View, ...]:
    """Return the views in their order; 'mine' is `engineer`'s, an address in lower case."""
    return (
        View("open", "t.ended_ms IS NULL"),
        View("mine", "t.ended_ms IS NULL AND t.assignee=?", (engineer,)),
        View("unassigned", "t.ended_ms IS NULL AND t.assignee IS NULL"),
        View("waiting", "t.ended_ms IS NULL AND t.status='pending'"),
    )
