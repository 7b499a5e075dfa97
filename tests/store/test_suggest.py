"""Articles and bugs for a ticket, on real SQLite."""

import pytest
from desk_rows import a_desk, put, put_mail, put_ticket, runs, uid_of

from storage.queries import suggest
from storage.records.words import BugState

ARTICLES = {
    "limits": (
        "Rate limits and 429 answers",
        "You may send 10 requests a second; back off on 429.",
    ),
    "domains": ("Verify a domain", "Add the DKIM and SPF records at your DNS provider, then wait."),
    "webhooks": ("Webhook signatures", "Compute the HMAC of the raw body and compare signatures."),
    "bounces": ("Why an email bounced", "A hard bounce means that the mailbox does not exist."),
    "invoices": ("Change the billing address", "Invoices are issued on the first of the month."),
    "keys": ("Rotate an API key", "Create a second key, deploy it, then revoke the old one."),
    "spam": ("Emails land in spam", "Check DMARC alignment and warm up the domain slowly."),
}


@pytest.fixture
def conn(tmp_path):
    conn = a_desk(tmp_path / "desk.db")
    for name, (title, body) in ARTICLES.items():
        put_article(conn, name, title=title, body=body)
    yield conn
    conn.close()


def put_article(conn, name, *, title="", body="", asked="", **values):
    row = {"state": "published", "is_answer": 1, **values}
    cursor = put(conn, "article", uid=name, title=title, body=body, asked=asked, **row)
    for index in ("article_fts", "article_stem"):
        conn.execute(
            f"INSERT INTO {index}(rowid, title, body, asked) VALUES(?,?,?,?)",
            (cursor.lastrowid, title, body, asked),
        )


def suggested(conn, subject, body):
    put_ticket(conn, "t", subject=subject, body=body)
    return suggest.articles(runs(conn), uid_of("t"))


@pytest.mark.parametrize(
    ("subject", "body", "expected"),
    [
        ("429", "Hi, we get too many requests errors since today. What is the limit?", "limits"),
        ("DNS records", "how do I verify our domain? the DKIM record is there", "domains"),
        ("signature mismatch", "The webhook's HMAC does not match what we compute", "webhooks"),
        ("Our emails go to spam", "Gmail puts everything into the spam folder", "spam"),
        ("leaked API keys", "we must revoke a key that was leaked", "keys"),
        ("address on the invoice", "please change it for next month's billing", "invoices"),
    ],
)
def test_the_article_that_answers_comes_first(conn, subject, body, expected):
    found = suggested(conn, subject, body)

    assert found[0].article_id == expected
    assert len(found) <= 3


def test_it_says_which_words_matched_and_how_often_it_helped(conn):
    put_ticket(conn, "old", links=[("kb", "webhooks")])

    [first, *_] = suggested(conn, "Webhook signatures", "they do not match")

    assert first.title == "Webhook signatures"
    assert set(first.why.split(", ")) == {"webhook", "signatures"}
    assert first.used_by == 1


def test_what_was_asked_before_leads_to_the_same_article(conn):
    put_article(conn, "sandbox", title="The sandbox", body="Test mode.", asked="dry run sandwiched")

    assert suggested(conn, "Can I do a dry run?", "without sending")[0].article_id == "sandbox"


def test_quoted_words_do_not_count(conn):
    body = "The invoice is wrong.\n\nOn Monday Ana wrote:\n> spam spam spam dmarc spam"

    assert suggested(conn, "", body)[0].article_id == "invoices"


def test_archived_and_unwritten_articles_are_not_offered(conn):
    conn.execute("UPDATE article SET state='archived' WHERE uid='spam'")
    conn.execute("UPDATE article SET is_answer=0 WHERE uid='bounces'")

    found = suggested(conn, "spam", "a bounced email")

    assert {one.article_id for one in found}.isdisjoint({"spam", "bounces"})


def test_only_the_customers_first_own_mail_is_the_question(conn):
    put_ticket(conn, "t")
    put_mail(conn, "t", body="rate limits", is_auto=1)
    put_mail(conn, "t", body="webhook signatures", verdict="unverified")
    put_mail(conn, "t", body="dkim records", direction="out")
    put_mail(conn, "t", body="revoke a key")

    assert suggest.articles(runs(conn), uid_of("t"))[0].article_id == "keys"


@pytest.mark.parametrize("text", ["", "the and", '"', "NEAR(", "*", "設定エラー", "zzz unknown"])
def test_what_no_article_knows_finds_none(conn, text):
    assert suggested(conn, text, text) == []
    assert suggest.articles_for(runs(conn), text, text) == []


def test_a_ticket_that_is_not_here_finds_none(conn):
    assert suggest.articles(runs(conn), uid_of("nowhere")) == []
    assert suggest.bugs(runs(conn), uid_of("nowhere")) == []


def put_bug(conn, uid, title, **values):
    put(conn, "bug", uid=uid, title=title, **values)


def test_the_bug_that_a_ticket_is_about_comes_first(conn):
    put_bug(conn, "B1", "Webhook is delivered twice", actual="two deliveries", state="fixing")
    put_bug(conn, "B2", "CSV export drops umlauts", steps="export contacts")
    put_ticket(conn, "other", subject="x", requester="max@c.example", links=[("bug", "B1")])
    put_ticket(conn, "t", subject="Webhooks twice", body="we receive every event two times")

    [first, *rest] = suggest.bugs(runs(conn), uid_of("t"))

    assert (first.bug_id, first.state, first.customers) == ("B1", BugState.FIXING, 1)
    assert {"webhooks", "twice"} <= set(first.why.split(", "))
    assert rest == []


def test_what_other_customers_called_a_bug_finds_it(conn):
    put_bug(conn, "B1", "Race in the scheduler")
    put_bug(conn, "B2", "CSV export drops umlauts")
    put_ticket(conn, "other", subject="digest arrives at midnight", links=[("bug", "B1")])
    put_ticket(conn, "t", subject="Why does my digest come at midnight?", body="")

    assert suggest.bugs(runs(conn), uid_of("t"))[0].bug_id == "B1"


def test_its_own_link_is_no_reason_to_offer_a_bug(conn):
    put_bug(conn, "B1", "Race in the scheduler")
    put_ticket(conn, "t", subject="umbrella", body="umbrella", links=[("bug", "B1")])

    assert suggest.bugs(runs(conn), uid_of("t")) == []
