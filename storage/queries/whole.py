"""Everything a screen shows of one ticket, read in one go."""

from storage.queries import conversation, hot
from storage.records.ids import TicketId
from storage.records.query import Runs
from storage.records.ticket import Ticket
from storage.rules.closing import missing_before_close


def ticket(run: Runs, ticket_id: TicketId) -> Ticket | None:
    """Return a ticket with its conversation and what it lacks; None where there is none."""
    summary = next(iter(run(hot.ticket(ticket_id))), None)
    if summary is None:
        return None
    desk = hot.settings_of(run(hot.settings_rows()))
    missing = missing_before_close(
        summary.category, summary.area, run(hot.linked_pages(summary.id)), desk.gate
    )
    return conversation.ticket(
        summary,
        messages=run(hot.messages(summary.id)),
        notes=run(hot.notes(summary.id)),
        replies=run(hot.waiting_replies(summary.id)),
        facts=run(hot.facts_of(summary.id)),
        desk=desk,
        missing=missing,
    )
