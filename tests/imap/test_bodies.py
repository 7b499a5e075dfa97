"""Which text comes when: wished ones first, large ones last, the largest never unasked."""

import json
import re
from datetime import UTC, datetime, timedelta

import pytest

from storage.records.local import Wish
from storage.sync import session
from storage.sync.summary import GaveUpError
from tests.imap.engine_ground import a_mail, fetches, session_of, settled, wait_until
from tests.imap.proxy import cut_after_command, proxied
from tests.imap.test_bad_lines import running

LINE = "x" * 76 + "\r\n"


def refusing(proxy, uid, *, part):
    """Say NO to every FETCH of `part` that names `uid`."""

    def fault(_link, data):
        asked = fetches(proxy.heard, part)
        if asked and uid in asked[-1] and proxy.heard.rstrip().endswith(b"])"):
            return re.sub(rb"(\r\n\w+) OK Fetch completed", rb"\1 NO [SERVERBUG] broken", data)
        return data

    return fault


def test_large_texts_come_last_and_the_largest_only_when_wished_for(ground):
    sizes = [100, 1_200_000, 100, 5_500_000, 100]
    uids = ground.server.append(
        ground.user,
        *(a_mail(n, text=LINE * (size // len(LINE) + 1)) for n, size in enumerate(sizes)),
    )
    with proxied(ground.server.port) as proxy:
        ground.imap = proxy.address()

        summary = ground.once()
        asked = [uid for some in fetches(proxy.heard, "TEXT") for uid in some]
        ((row_id,),) = ground.rows("SELECT id FROM message WHERE has_body=0")
        with ground.desk() as desk:
            desk.write(Wish(message_id=row_id, at_ms=1))
        wished = ground.once()

    assert list(dict.fromkeys(asked)) == [uids[0], uids[2], uids[4], uids[1]]
    assert (summary.fetched_bodies, wished.fetched_bodies) == (4, 1)
    assert ground.count("wish") == 0
    assert ground.count("message", "has_body=0") == 0
    ground.assert_alike("INBOX")


def test_a_wish_is_fulfilled_at_once_by_an_engine_that_rests(ground):
    ground.server.append(ground.user, a_mail(1, text=LINE * 70_000))
    with running(ground):
        wait_until(lambda: ground.state() == "idle")
        ((row_id,),) = ground.rows("SELECT id FROM message WHERE has_body=0")

        with ground.desk() as desk:
            desk.write(Wish(message_id=row_id, at_ms=1))

        wait_until(lambda: ground.count("message", "has_body=1") == 1)


def test_attachments_are_files_named_by_their_content_and_held_once(ground):
    mixed = (
        b"From: z@acme.example\r\nSubject: log %d\r\nMessage-ID: <%d@acme.example>\r\n"
        b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nsee log\r\n"
        b'--b\r\nContent-Type: text/x-log; name="app.log"\r\n'
        b"Content-Disposition: attachment\r\n\r\nthe same log\r\n--b--\r\n"
    )
    ground.server.append(ground.user, mixed % (1, 1), mixed % (2, 2))

    ground.once()

    assert ground.count("attachment") == 2
    files = [path for path in (ground.folder / "files").rglob("*") if path.is_file()]
    assert [path.read_bytes() for path in files] == [b"the same log"]
    ground.assert_alike("INBOX")


def test_a_text_that_the_server_refuses_is_a_visible_defect_and_stops_nothing(ground):
    uids = ground.server.append(ground.user, *(a_mail(n) for n in range(5)))
    with proxied(ground.server.port) as proxy:
        ground.imap = proxy.address()
        proxy.fault = refusing(proxy, uids[2], part="TEXT")

        summary = ground.once()

    assert summary.fetched_bodies == 4
    assert ground.count("message", "has_body=1") == 5
    ((defects,),) = ground.rows("SELECT defects FROM message WHERE msgid='m2@acme.example'")
    assert json.loads(defects) == ["The server does not give its text."]
    ground.assert_alike("INBOX")


def test_a_mail_whose_text_was_refused_is_no_second_mail_once_a_copy_gives_it(ground):
    uids = ground.server.append(ground.user, *(a_mail(n) for n in range(5)))
    with proxied(ground.server.port) as proxy:
        ground.imap = proxy.address()
        proxy.fault = refusing(proxy, uids[2], part="TEXT")
        ground.once()
    ground.imap = ground.server.address()
    ground.server.append(ground.user, a_mail(2), date=datetime(2026, 3, 3, tzinfo=UTC))

    ground.once()

    assert (ground.count("message"), ground.count("place")) == (5, 6)
    assert ground.rows(
        "SELECT body, defects FROM message_text JOIN message m USING (id) WHERE m.msgid='m2@acme.example'"
    ) == [("It fails. (2)", "[]")]
    ground.assert_alike("INBOX")


def test_a_text_that_was_refused_once_comes_over_the_same_connection(ground, monkeypatch):
    monkeypatch.setattr(session, "_ALL_FLAGS_SECONDS", 0.0)
    uids = ground.server.append(ground.user, *(a_mail(n) for n in range(3)))
    with proxied(ground.server.port) as proxy:
        ground.imap = proxy.address()
        with session_of(ground) as connected:
            proxy.fault = refusing(proxy, uids[1], part="TEXT")
            settled(connected)
            assert ground.count("message", "has_body=0") == 1
            proxy.fault = None

            settled(connected)

    assert ground.count("message", "has_body=0") == 0
    ground.assert_alike("INBOX")


def test_a_mail_that_left_before_its_text_was_read_says_so(ground):
    uids = ground.server.append(ground.user, *(a_mail(n) for n in range(5)))
    with proxied(ground.server.port) as proxy:
        ground.imap = proxy.address()
        proxy.fault = cut_after_command(rb"TEXT")
        with pytest.raises(GaveUpError):
            ground.once()
    ground.imap = ground.server.address()
    ground.server.expunge(ground.user, uids[:1])

    ground.once()

    ((defects,),) = ground.rows("SELECT defects FROM message WHERE msgid='m0@acme.example'")
    assert json.loads(defects) == ["It left the mailbox before its text was read."]
    assert not any(ticket.fetching for ticket in ground.tickets())
    assert len(ground.tickets()) == 5

    ground.server.append(ground.user, a_mail(0))
    ground.once()

    assert ground.rows("SELECT snippet FROM message WHERE msgid='m0@acme.example'") == [
        ("It fails. (0)",)
    ]
    ground.assert_alike("INBOX")


def test_headers_that_the_server_refuses_are_skipped_with_their_reason(ground):
    uids = ground.server.append(ground.user, *(a_mail(n) for n in range(5)))
    with proxied(ground.server.port) as proxy:
        ground.imap = proxy.address()
        proxy.fault = refusing(proxy, uids[3], part="HEADER")

        summary = ground.once()

    (inbox, _) = summary.folders
    assert (inbox.server, inbox.imported, inbox.skipped) == (5, 4, 1)
    assert "says no: [SERVERBUG] broken" in inbox.skipped_why[0]


def test_recent_texts_alone_are_fetched_where_only_they_are_wanted(ground):
    old = datetime.now(UTC) - timedelta(days=200)
    ground.server.append(ground.user, a_mail(1), date=old)
    ground.server.append(ground.user, a_mail(2))

    with ground.process("sync", "--once", "--json", "--bodies", "recent") as engine:
        out, _ = engine.communicate(timeout=20)

    assert json.loads(out)["fetched_bodies"] == 1
    assert ground.once().fetched_bodies == 1


def test_headers_that_were_refused_are_asked_for_again_by_the_next_run(ground):
    uids = ground.server.append(ground.user, *(a_mail(n) for n in range(3)))
    with proxied(ground.server.port) as proxy:
        ground.imap = proxy.address()
        proxy.fault = refusing(proxy, uids[1], part="HEADER")
        assert ground.once().folders[0].skipped == 1
    ground.imap = ground.server.address()

    summary = ground.once()

    assert (summary.fetched_headers, summary.fetched_bodies) == (1, 1)
    assert (summary.folders[0].imported, summary.folders[0].skipped) == (3, 0)
    ground.assert_alike("INBOX")


@pytest.mark.parametrize("part", ["HEADER", "TEXT"])
def test_a_server_that_refuses_everything_costs_no_mail(ground, part):
    ground.server.append(ground.user, *(a_mail(n) for n in range(40)))

    def fault(_link, data):
        if fetches(proxy.heard, part) and proxy.heard.rstrip().endswith(b"])"):
            return re.sub(rb"(^|\r\n)(\w+) OK Fetch completed", rb"\1\2 NO [SERVERBUG] x", data)
        return data

    with proxied(ground.server.port) as proxy:
        ground.imap = proxy.address()
        proxy.fault = fault
        with pytest.raises(GaveUpError, match="at present"):
            ground.once()

    assert ground.count("skipped") == 0
    assert ground.count("message", "has_body=1") == 0
    ground.imap = ground.server.address()
    assert ground.once().fetched_bodies == 40
    ground.assert_alike("INBOX")


def test_a_server_that_throttles_costs_no_mail(ground):
    ground.server.append(ground.user, *(a_mail(n) for n in range(10)))

    def fault(_link, data):
        if fetches(proxy.heard, "HEADER"):
            return re.sub(rb"(\w+) OK Fetch completed", rb"\1 NO Request is throttled.", data)
        return data

    with proxied(ground.server.port) as proxy:
        ground.imap = proxy.address()
        proxy.fault = fault
        with pytest.raises(GaveUpError, match="throttled") as gave_up:
            ground.once()

    assert gave_up.value.code == "not_now"
    assert ground.count("skipped") == 0
    assert len(fetches(proxy.heard, "HEADER")) == 1
