"""The door and the gate on a real SQLite file."""

import sqlite3
from datetime import timedelta

import pytest

from storage import journal
from storage.changes.article import SetArticleState, WriteArticle
from storage.changes.desk import SetDesk
from storage.changes.ticket import (
    AddNote,
    AssignTicket,
    CloseTicket,
    DismissTicket,
    LinkArticle,
    ReopenTicket,
    SetArea,
    SetCategory,
    SetStatus,
    SetTag,
    UnlinkArticle,
)
from storage.errors import CloseBlockedError, NotFoundError, RuleBrokenError
from storage.records.ids import ArticleId, NoteId, TicketId, random_uid
from storage.records.ticket import KbLink
from storage.records.words import ArticleState, Category, CloseRequirement, FolderRole, Status
from tests.factories import (
    ANA,
    BEN,
    NOW,
    SUPPORT,
    a_mail,
    an_address,
    an_article,
    receive,
    summary,
    ticket_of,
)


def facts_count(desk):
    with desk.writing() as conn:
        return conn.exec_driver_sql("SELECT count(*) FROM journal").scalar()


def close(desk, ticket_id, article):
    desk.commit(
        CloseTicket(
            ticket_id=ticket_id, category=Category.USABILITY, kb_links=(KbLink(target=article),)
        ),
        actor=ANA,
    )


def test_a_mail_makes_a_new_ticket(desk):
    ticket = summary(desk, receive(desk, a_mail(subject="Re: Login loops")))

    assert (ticket.subject, ticket.status, ticket.requester.email) == (
        "Login loops",
        Status.NEW,
        "zoe@acme.example",
    )


def test_a_refused_close_writes_nothing_and_names_what_is_missing(desk):
    ticket_id = receive(desk, a_mail())
    before = facts_count(desk)

    with pytest.raises(CloseBlockedError) as refused:
        desk.commit(CloseTicket(ticket_id=ticket_id), actor=ANA)

    assert refused.value.missing == {CloseRequirement.CATEGORY, CloseRequirement.KB_LINK}
    assert "no category and no KB link" in str(refused.value)
    assert facts_count(desk) == before


def test_what_was_chosen_in_the_sheet_closes_and_is_kept(desk):
    ticket_id = receive(desk, a_mail())
    article = an_article(desk)

    close(desk, ticket_id, article)

    ticket = summary(desk, ticket_id)
    assert (ticket.status, ticket.category) == (Status.CLOSED, Category.USABILITY)
    assert [link.target for link in ticket.kb_links] == [article]


def test_a_bulk_close_closes_what_it_may_and_lists_the_rest(desk):
    article = an_article(desk)
    ready = [receive(desk, a_mail(subject=f"ready {n}")) for n in range(3)]
    bare = [receive(desk, a_mail(subject=f"bare {n}")) for n in range(2)]
    for one in ready:
        desk.commit(SetCategory(ticket_id=one, category=Category.ABUSE), actor=ANA)
        desk.commit(LinkArticle(ticket_id=one, link=KbLink(target=article)), actor=ANA)

    outcome = desk.commit(*(CloseTicket(ticket_id=one) for one in ready + bare), actor=ANA)

    assert len(outcome.done) == 3
    assert {change.ticket_id for change, _ in outcome.refused} == set(bare)
    assert all(isinstance(error, CloseBlockedError) for _, error in outcome.refused)
    assert [summary(desk, one).status for one in ready] == [Status.CLOSED] * 3


@pytest.mark.parametrize(
    "text", ["", "# Cause\n\n> it comes twice, says the customer\n", "<!-- write -->"]
)
def test_an_article_without_an_answer_does_not_open_the_gate(desk, text):
    ticket_id = receive(desk, a_mail())
    article = an_article(desk, text=text)

    with pytest.raises(CloseBlockedError) as refused:
        close(desk, ticket_id, article)

    assert refused.value.missing == {CloseRequirement.KB_LINK}


def test_an_archived_article_cannot_be_linked(desk):
    ticket_id = receive(desk, a_mail())
    article = an_article(desk)
    desk.commit(SetArticleState(article_id=article, state=ArticleState.ARCHIVED), actor=ANA)

    with pytest.raises(RuleBrokenError):
        desk.commit(LinkArticle(ticket_id=ticket_id, link=KbLink(target=article)), actor=ANA)


def test_a_page_of_our_own_domain_is_a_kb_link_and_a_strangers_is_not(desk):
    ticket_id = receive(desk, a_mail())

    with pytest.raises(RuleBrokenError):
        desk.commit(
            LinkArticle(ticket_id=ticket_id, link=KbLink(target="https://evil.example/docs")),
            actor=ANA,
        )
    close(desk, ticket_id, "https://docs.desk.example/webhooks")

    assert summary(desk, ticket_id).status is Status.CLOSED


def test_the_last_link_and_the_category_of_a_closed_ticket_stay(desk):
    ticket_id = receive(desk, a_mail())
    article = an_article(desk)
    close(desk, ticket_id, article)

    for change in (
        UnlinkArticle(ticket_id=ticket_id, target=article),
        SetCategory(ticket_id=ticket_id, category=None),
    ):
        with pytest.raises(RuleBrokenError, match="Reopen it first"):
            desk.commit(change, actor=ANA)

    assert summary(desk, ticket_id).status is Status.CLOSED


def test_a_customers_new_mail_reopens_and_an_old_one_that_was_seen_does_not(desk):
    first = a_mail()
    ticket_id = receive(desk, first)
    close(desk, ticket_id, an_article(desk))
    assert summary(desk, ticket_id).status is Status.CLOSED

    receive(desk, a_mail(text="still broken", answers=(first.headers.message_id,), subject="Re: x"))

    ticket = summary(desk, ticket_id)
    assert (ticket.status, ticket.messages) == (Status.OPEN, 2)
    assert "customer wrote again" in ticket.reopened_why


def test_a_vacation_answer_reopens_nothing(desk):
    first = a_mail()
    ticket_id = receive(desk, first)
    close(desk, ticket_id, an_article(desk))

    receive(desk, a_mail(answers=(first.headers.message_id,), is_auto=True))

    assert summary(desk, ticket_id).status is Status.CLOSED


def test_a_stranger_who_names_an_id_is_held_apart_and_reopens_nothing(desk):
    first = a_mail()
    ticket_id = receive(desk, first)
    close(desk, ticket_id, an_article(desk))

    stranger = an_address("mallory@evil.example", "Mallory")
    held = receive(desk, a_mail(sender=stranger, answers=(first.headers.message_id,)))

    ticket = summary(desk, ticket_id)
    assert held == ticket_id
    assert (ticket.status, ticket.messages) == (Status.CLOSED, 1)


def test_a_colleagues_answer_in_sent_is_the_first_response(desk):
    first = a_mail()
    ticket_id = receive(desk, first)
    answer = a_mail(
        sender=an_address(SUPPORT, "Support"),
        to=(an_address(),),
        answers=(first.headers.message_id,),
    )

    receive(desk, answer, folder="Sent", role=FolderRole.SENT)

    ticket = summary(desk, ticket_id)
    assert ticket.first_response_at is not None
    assert (ticket.status, ticket.last_from.value) == (Status.OPEN, "out")


def test_an_answered_ticket_cannot_be_dismissed(desk):
    first = a_mail()
    ticket_id = receive(desk, first)
    answer = a_mail(
        sender=an_address(SUPPORT), answers=(first.headers.message_id,), to=(an_address(),)
    )
    receive(desk, answer, folder="Sent", role=FolderRole.SENT)

    with pytest.raises(RuleBrokenError, match="was answered"):
        desk.commit(DismissTicket(ticket_id=ticket_id), actor=ANA)


def test_a_ticket_that_is_not_there_is_said(desk):
    with pytest.raises(NotFoundError, match="no ticket"):
        desk.commit(ReopenTicket(ticket_id=TicketId("0000000000000000")), actor=ANA)


def test_undo_takes_back_a_bulk_as_one_step_and_redo_brings_it_again(desk):
    tickets = [receive(desk, a_mail(subject=f"s{n}")) for n in range(3)]
    desk.commit(*(AssignTicket(ticket_id=one, engineer=ANA) for one in tickets), actor=ANA)

    desk.undo(actor=ANA)
    assert [summary(desk, one).assignee for one in tickets] == [None] * 3
    desk.redo(actor=ANA)

    assert [summary(desk, one).assignee for one in tickets] == [ANA] * 3


def test_undo_of_a_close_opens_the_ticket_and_takes_back_what_the_sheet_chose(desk):
    ticket_id = receive(desk, a_mail())
    close(desk, ticket_id, an_article(desk))

    desk.undo(actor=ANA)

    ticket = summary(desk, ticket_id)
    assert (ticket.status.has_ended, ticket.category, ticket.kb_links) == (False, None, ())


def test_undo_that_would_close_without_a_link_asks_the_gate(desk):
    ticket_id = receive(desk, a_mail())
    article = an_article(desk)
    close(desk, ticket_id, article)
    desk.commit(ReopenTicket(ticket_id=ticket_id), actor=ANA)
    with desk.writing() as conn:
        conn.exec_driver_sql("DELETE FROM undo_step WHERE title<>'reopen'")
    desk.commit(UnlinkArticle(ticket_id=ticket_id, target=article), actor=ANA)
    with desk.writing() as conn:
        conn.exec_driver_sql("DELETE FROM undo_step WHERE title='KB link taken away'")

    with pytest.raises(CloseBlockedError):
        desk.undo(actor=ANA)

    assert summary(desk, ticket_id).status is Status.OPEN


def test_undo_leaves_alone_what_somebody_set_since(desk):
    one, two = receive(desk, a_mail(subject="a")), receive(desk, a_mail(subject="b"))
    desk.commit(
        AssignTicket(ticket_id=one, engineer=ANA),
        AssignTicket(ticket_id=two, engineer=ANA),
        actor=ANA,
        title="take two",
    )
    with desk.writing() as conn:
        conn.exec_driver_sql("CREATE TEMP TABLE keep AS SELECT * FROM undo_step")
    desk.commit(AssignTicket(ticket_id=one, engineer="ben@desk.example"), actor="ben@desk.example")
    with desk.writing() as conn:
        conn.exec_driver_sql("DELETE FROM undo_step WHERE title='assign'")

    undone = desk.undo(actor=ANA)

    assert undone.left_alone == (f"ticket:{one}",)
    assert summary(desk, one).assignee == "ben@desk.example"
    assert summary(desk, two).assignee is None


def test_pending_reopens_when_the_customer_answers(desk):
    first = a_mail()
    ticket_id = receive(desk, first)
    desk.commit(SetStatus(ticket_id=ticket_id, status=Status.PENDING), actor=ANA)
    assert summary(desk, ticket_id).status is Status.PENDING

    receive(desk, a_mail(text="here is the log", answers=(first.headers.message_id,)))

    assert summary(desk, ticket_id).status is Status.OPEN


def test_notes_are_found_and_gone_after_undo(desk):
    ticket_id = receive(desk, a_mail())
    note = AddNote(
        ticket_id=ticket_id, note_id=NoteId(random_uid()), text="looks like the retry queue"
    )
    desk.commit(note, actor=ANA)

    def hits():
        with desk.writing() as conn:
            sql = "SELECT count(*) FROM note_fts WHERE note_fts MATCH 'retry'"
            return conn.exec_driver_sql(sql).scalar()

    assert hits() == 1
    desk.undo(actor=ANA)
    assert hits() == 0


def test_a_closed_ticket_keeps_a_link_that_counts_not_only_a_blank_draft(desk):
    ticket_id = receive(desk, a_mail())
    blank, good = an_article(desk, text=""), an_article(desk)
    desk.commit(LinkArticle(ticket_id=ticket_id, link=KbLink(target=blank)), actor=ANA)
    close(desk, ticket_id, good)

    with pytest.raises(RuleBrokenError, match="Reopen it first"):
        desk.commit(UnlinkArticle(ticket_id=ticket_id, target=good), actor=ANA)

    assert summary(desk, ticket_id).status is Status.CLOSED


def test_a_closed_ticket_keeps_its_area_where_the_team_asks_for_one(desk):
    ticket_id = receive(desk, a_mail())
    desk.commit(
        SetDesk(key="gate.area", value=True),
        SetArea(ticket_id=ticket_id, area="webhooks"),
        actor=ANA,
    )
    close(desk, ticket_id, an_article(desk))

    with pytest.raises(RuleBrokenError, match="Reopen it first"):
        desk.commit(SetArea(ticket_id=ticket_id, area=None), actor=ANA)


def test_undo_back_to_closed_asks_the_whole_gate(desk):
    ticket_id, article = receive(desk, a_mail()), an_article(desk)
    close(desk, ticket_id, article)
    desk.commit(ReopenTicket(ticket_id=ticket_id), actor=ANA)
    with desk.writing() as conn:
        journal.commit(
            conn,
            [SetArticleState(article_id=article, state=ArticleState.ARCHIVED)],
            actor=BEN,
            now_ms=desk.now_ms(),
        )

    with pytest.raises(CloseBlockedError):
        desk.undo(actor=ANA)

    assert summary(desk, ticket_id).status is Status.OPEN


def test_an_article_archived_later_stands_in_nobodys_way(desk):
    ticket_id, article = receive(desk, a_mail()), an_article(desk)
    close(desk, ticket_id, article)
    desk.commit(SetArticleState(article_id=article, state=ArticleState.ARCHIVED), actor=ANA)

    desk.commit(SetTag(ticket_id=ticket_id, tag="vip"), actor=ANA)

    assert summary(desk, ticket_id).status is Status.CLOSED


def test_a_mail_that_came_while_the_sheet_was_open_reopens(desk):
    first = a_mail()
    ticket_id, article = receive(desk, first), an_article(desk)
    decided = CloseTicket(
        ticket_id=ticket_id,
        category=Category.ABUSE,
        kb_links=(KbLink(target=article),),
        shown=frozenset({first.headers.key[:8].hex()}),
    )
    receive(desk, a_mail(text="Everything is down!", answers=(first.headers.message_id,)))

    desk.commit(decided, actor=ANA)

    assert summary(desk, ticket_id).status is Status.OPEN


def test_undo_leaves_alone_what_a_colleague_set_after_the_ticket_was_renamed(desk):
    later = a_mail(answers=("lost@acme.example", "root@acme.example"), subject="Re: x")
    ticket_id = receive(desk, later)
    desk.commit(SetCategory(ticket_id=ticket_id, category=Category.ABUSE), actor=ANA)
    older = a_mail(
        message_id="lost@acme.example", answers=("first@acme.example",), at=NOW - timedelta(days=1)
    )
    receive(desk, older)
    renamed = ticket_of(desk, later)
    with desk.writing() as conn:
        journal.commit(
            conn,
            [SetCategory(ticket_id=renamed, category=Category.USABILITY)],
            actor=BEN,
            now_ms=desk.now_ms(),
        )

    with pytest.raises(RuleBrokenError, match="changed it since"):
        desk.undo(actor=ANA)

    assert renamed != ticket_id
    assert summary(desk, renamed).category is Category.USABILITY


ATTACKS = [
    "UPDATE ticket SET status='closed', ended_ms=1 WHERE uid='{bare}'",
    "UPDATE ticket SET status='closed', ended_ms=1, category='abuse' WHERE uid='{bare}'",
    "INSERT INTO ticket(uid, status, ended_ms, category) VALUES('NEW','closed',1,'abuse')",
    "INSERT OR REPLACE INTO ticket(uid, status, ended_ms, category) VALUES('{bare}','closed',1,'abuse')",
    "REPLACE INTO ticket(uid, status, ended_ms, category) VALUES('{closed}','closed',1,'abuse')",
    "INSERT INTO ticket(uid) VALUES('{bare}') ON CONFLICT(uid) DO UPDATE SET status='closed', ended_ms=1, category='abuse'",
    "UPDATE ticket SET category=NULL WHERE uid='{closed}'",
    "UPDATE ticket SET uid='OTHER' WHERE uid='{closed}'",
    "DELETE FROM ticket_link WHERE uid='{closed}' AND kind='kb'",
    "DELETE FROM ticket_link",
    "UPDATE ticket_link SET kind='tag' WHERE uid='{closed}' AND kind='kb'",
    "UPDATE ticket_link SET uid='{bare}' WHERE uid='{closed}'",
    "UPDATE OR REPLACE ticket_link SET target='x' WHERE uid='{closed}'",
    "UPDATE journal SET val='null'",
    "DELETE FROM journal",
]


@pytest.mark.parametrize("attack", ATTACKS)
def test_raw_sql_does_not_get_around_the_gate(desk, attack):
    closed, bare = receive(desk, a_mail(subject="closed")), receive(desk, a_mail(subject="bare"))
    close(desk, closed, an_article(desk))

    with sqlite3.connect(desk.path) as raw:
        raw.execute("PRAGMA foreign_keys=ON")
        with pytest.raises(sqlite3.DatabaseError):
            raw.execute(attack.format(closed=closed, bare=bare))
        broken = raw.execute(
            "SELECT count(*) FROM ticket t WHERE status='closed' AND (category IS NULL OR NOT EXISTS("
            "SELECT 1 FROM ticket_link l WHERE l.uid=t.uid AND l.kind='kb'))"
        ).fetchone()[0]
    raw.close()

    assert broken == 0


def dump(desk):
    tables = [
        "ticket",
        "ticket_link",
        "note",
        "bug",
        "feature",
        "article",
        "article_revision",
        "setting",
        "alias",
    ]
    with desk.writing() as conn:
        rows = {}
        for table in tables:
            found = conn.exec_driver_sql(f"SELECT * FROM {table}").mappings()
            rows[table] = sorted(str({k: v for k, v in row.items() if k != "id"}) for row in found)
        return rows


def test_rebuild_gives_identical_rows(desk):
    article = an_article(desk)
    first = a_mail()
    ticket_id = receive(desk, first)
    close(desk, ticket_id, article)
    receive(desk, a_mail(text="again", answers=(first.headers.message_id, "ghost@acme.example")))
    other = receive(desk, a_mail(subject="other"))
    desk.commit(SetTag(ticket_id=other, tag="vip"), actor=ANA)
    desk.commit(AddNote(ticket_id=other, note_id=NoteId(random_uid()), text="call back"), actor=ANA)
    close(desk, other, article)
    desk.commit(WriteArticle(article_id=ArticleId(random_uid()), title="t", text="x"), actor=ANA)
    before = dump(desk)

    desk.rebuild()

    assert dump(desk) == before
