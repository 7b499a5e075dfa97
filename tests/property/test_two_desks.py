"""Two desks, any decisions in any order, facts exchanged in any order: the gate holds, both end alike."""

import contextlib
import shutil
import tempfile
from datetime import timedelta
from pathlib import Path

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from storage import journal
from storage.changes.article import SaveArticle, SetArticleState, WriteArticle
from storage.changes.desk import SetDesk
from storage.changes.message import MoveMessage, SplitMessage
from storage.changes.ticket import (
    AddNote,
    CloseTicket,
    DismissTicket,
    LinkArticle,
    ReopenTicket,
    SetCategory,
    SetStatus,
    UnlinkArticle,
)
from storage.errors import DeskError
from storage.records.ids import ArticleId, NoteId, TicketId, random_uid
from storage.records.ticket import KbLink
from storage.records.words import ArticleState, Category, Status
from storage.store import Desk
from tests.factories import ANA, BEN, NOW, SUPPORT, Clock, a_mail, receive, summary, ticket_of

WHICH = st.integers(0, 1)
PICK = st.integers(0, 3)
ARTICLE = st.integers(0, 1)
PEOPLE = (ANA, BEN)
BROKEN = (
    "SELECT count(*) FROM ticket t WHERE status='closed' AND (category IS NULL OR"
    " NOT EXISTS(SELECT 1 FROM ticket_link l WHERE l.uid=t.uid AND l.kind='kb'))"
)


def dump(desk):
    with desk.writing() as conn:
        rows = []
        for table in ("ticket", "ticket_link", "note", "article"):
            found = conn.exec_driver_sql(f"SELECT * FROM {table}").mappings()
            rows += sorted(str({k: v for k, v in row.items() if k != "id"}) for row in found)
        return rows


class TwoDesks(RuleBasedStateMachine):
    @initialize()
    def start(self):
        self.folder = Path(tempfile.mkdtemp())
        self.clocks = (Clock(), Clock(NOW + timedelta(days=11)))
        self.desks = [Desk(self.folder / str(n), clock=self.clocks[n]) for n in (0, 1)]
        self.desks[0].commit(SetDesk(key="address", value=SUPPORT), actor=ANA)
        self.articles = [ArticleId(random_uid()) for _ in range(2)]
        texts = ("Use the event id to drop repeats.", "")
        for article, text in zip(self.articles, texts, strict=True):
            self.desks[0].commit(WriteArticle(article_id=article, title="t", text=text), actor=ANA)
        self.mails = [a_mail(subject=f"s{n}", at=NOW + timedelta(minutes=n)) for n in range(4)]
        self.late = []
        for desk in self.desks:
            for mail in self.mails:
                receive(desk, mail)
        self.exchange(0)
        self.exchange(1)

    def try_to(self, which, *changes):
        with contextlib.suppress(DeskError):
            self.desks[which].commit(*changes, actor=PEOPLE[which])

    def ticket(self, which, pick):
        return ticket_of(self.desks[which], self.mails[pick])

    @rule(which=WHICH, pick=PICK, category=st.none() | st.sampled_from(Category))
    def categorise(self, which, pick, category):
        self.try_to(which, SetCategory(ticket_id=self.ticket(which, pick), category=category))

    @rule(which=WHICH, pick=PICK, article=ARTICLE)
    def link(self, which, pick, article):
        link = KbLink(target=self.articles[article])
        self.try_to(which, LinkArticle(ticket_id=self.ticket(which, pick), link=link))

    @rule(which=WHICH, pick=PICK, article=ARTICLE)
    def unlink(self, which, pick, article):
        target = self.articles[article]
        self.try_to(which, UnlinkArticle(ticket_id=self.ticket(which, pick), target=target))

    @rule(which=WHICH, pick=PICK, article=ARTICLE, category=st.none() | st.sampled_from(Category))
    def close_in_the_sheet(self, which, pick, article, category):
        links = (KbLink(target=self.articles[article]),)
        ticket_id = self.ticket(which, pick)
        self.try_to(which, CloseTicket(ticket_id=ticket_id, category=category, kb_links=links))

    @rule(which=WHICH)
    def close_in_bulk(self, which):
        self.try_to(which, *(CloseTicket(ticket_id=self.ticket(which, pick)) for pick in range(4)))

    @rule(which=WHICH, pick=PICK, status=st.sampled_from(Status))
    def set_status(self, which, pick, status):
        self.try_to(which, SetStatus(ticket_id=self.ticket(which, pick), status=status))

    @rule(which=WHICH, pick=PICK)
    def reopen(self, which, pick):
        self.try_to(which, ReopenTicket(ticket_id=self.ticket(which, pick)))

    @rule(which=WHICH, pick=PICK)
    def dismiss(self, which, pick):
        self.try_to(which, DismissTicket(ticket_id=self.ticket(which, pick)))

    @rule(which=WHICH, pick=PICK)
    def note(self, which, pick):
        note = AddNote(ticket_id=self.ticket(which, pick), note_id=NoteId(random_uid()), text="n")
        self.try_to(which, note)

    @rule(
        which=WHICH,
        article=ARTICLE,
        state=st.sampled_from(ArticleState),
        text=st.sampled_from(["", "an answer"]),
    )
    def work_on_articles(self, which, article, state, text):
        article_id = self.articles[article]
        self.try_to(
            which,
            SaveArticle(article_id=article_id, title="t", text=text, parents=()),
            SetArticleState(article_id=article_id, state=state),
        )

    @rule(which=WHICH, pick=PICK, other=PICK)
    def move_a_message(self, which, pick, other):
        key = self.mails[pick].headers.key
        self.try_to(which, MoveMessage(key=key, ticket_id=self.ticket(which, other)))

    @rule(which=WHICH, pick=PICK)
    def split_a_message(self, which, pick):
        key = self.mails[pick].headers.key
        self.try_to(which, SplitMessage(key=key, ticket_id=TicketId(random_uid())))

    @rule(which=WHICH, pick=PICK)
    def the_customer_writes_again(self, which, pick):
        answered = self.mails[pick].headers.message_id
        at = NOW + timedelta(hours=1 + len(self.late))
        mail = a_mail(text="again", answers=(answered,), at=at)
        self.late.append(mail)
        receive(self.desks[which], mail)

    @rule(which=WHICH, forth=st.booleans())
    def undo_or_redo(self, which, forth):
        desk = self.desks[which]
        with contextlib.suppress(DeskError):
            (desk.redo if forth else desk.undo)(actor=PEOPLE[which])

    @rule(which=WHICH, shuffle=st.randoms(use_true_random=False), share=st.integers(1, 3))
    def exchange_some(self, which, shuffle, share):
        facts = self.facts(1 - which)
        shuffle.shuffle(facts)
        self.desks[which].absorb(facts[: len(facts) * share // 3])

    @rule(which=WHICH)
    def exchange(self, which):
        self.desks[which].absorb(self.facts(1 - which))

    def facts(self, which):
        return self.desks[which].read(journal.facts_after, b"", limit=100_000)

    @invariant()
    def no_ticket_is_closed_without_category_and_link(self):
        for desk in getattr(self, "desks", ()):
            with desk.writing() as conn:
                assert conn.exec_driver_sql(BROKEN).scalar() == 0

    def teardown(self):
        if not hasattr(self, "desks"):
            return
        try:
            for desk in self.desks:
                for mail in self.late:
                    receive(desk, mail)
            self.exchange(0)
            self.exchange(1)
            alike = [dump(desk) for desk in self.desks]
            assert set(alike[0]) ^ set(alike[1]) == set()
            for desk in self.desks:
                desk.rebuild()
                assert dump(desk) == alike[0]
            for mail in self.mails:
                summary(self.desks[0], ticket_of(self.desks[0], mail))
        finally:
            for desk in self.desks:
                desk.close()
            shutil.rmtree(self.folder)


TwoDesks.TestCase.settings = settings(
    max_examples=12,
    stateful_step_count=20,
    deadline=None,
    phases=(
        Phase.explicit,
        Phase.generate,
    ),  # a failure prints its steps; shrinking them takes minutes
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
TestTwoDesks = TwoDesks.TestCase
