"""Scenarios 26, 42, 43, 44 and what else the wire itself has to bear."""

import imaplib
import threading
import zlib
from datetime import UTC, datetime
from itertools import chain

import pytest
from imapclient import IMAPClient

from storage.errors import ConnectionLostError, ServerError
from storage.mail import imap_link, imap_talk, imap_wire
from storage.mail.imap import connect
from storage.mail.transport import Timeouts
from storage.records.remote import IdleEvent, Since
from tests.imap.dovecot import PASSWORD
from tests.imap.engine_ground import Ground, a_mail, fetches, session_of, settled
from tests.imap.proxy import proxied
from tests.imap.scripted import scripted

AT = datetime(2026, 3, 2, tzinfo=UTC)
QUICK = Timeouts(connect=5, read=5)


def session(server, folder="INBOX", **options):
    mailbox = connect(server.address(), timeouts=QUICK, **options)
    mailbox.login("ana", "hunter2")
    mailbox.select(folder, readonly=True)
    return mailbox


def logged_in(server, user, **options):
    mailbox = connect(server.address(), **options)
    mailbox.login(user, PASSWORD)
    mailbox.select("INBOX", readonly=True)
    return mailbox


def test_26_an_idle_line_in_pieces_loses_no_event_and_the_connection_goes_on(dovecot):
    user = dovecot.new_user()
    with proxied(dovecot.port) as proxy:
        proxy.chunk = 1
        mailbox = logged_in(proxy, user)
        for number in range(3):
            threading.Thread(target=dovecot.append, args=(user, a_mail(number))).start()
            assert mailbox.idle(20) is IdleEvent.CHANGED
            while number + 1 not in mailbox.uids(1, 9):
                mailbox.idle(1)
        assert len(list(mailbox.fetch_text([1, 2, 3]))) == 3
        mailbox.close()


# -- 42: two commands under way


def text_row(uid, text=b"text"):
    return b"* %d FETCH (UID %d BODY[TEXT] {%d}\r\n%s)" % (uid, uid, len(text), text)


def test_42_rows_that_come_mixed_go_to_who_asked_and_a_command_ends_with_its_own_tag(monkeypatch):
    monkeypatch.setattr("storage.mail.imap_reading.TEXT_WINDOW", 2)

    def script(peer):
        peer.greet()
        peer.select(exists=6)
        first = peer.line().split()[0]
        second = peer.line().split()[0]
        peer.send(text_row(3), text_row(1), text_row(4), second + b" OK done")
        third = peer.line().split()[0]
        peer.send(text_row(5), text_row(2), first + b" OK done", text_row(6), third + b" OK done")
        peer.expect(b"NOOP")

    with scripted(script) as server:
        mailbox = session(server)
        assert [one.uid for one in mailbox.fetch_text(range(1, 7))] == [3, 1, 4, 5, 2, 6]
        assert not mailbox.noop()


def test_42_a_refused_batch_loses_no_row_of_the_other_and_the_connection_goes_on(monkeypatch):
    monkeypatch.setattr("storage.mail.imap_reading.TEXT_WINDOW", 2)

    def script(peer):
        peer.greet()
        peer.select(exists=6)
        first = peer.line().split()[0]
        second = peer.line().split()[0]
        peer.send(text_row(1), first + b" NO not this one", text_row(3), second + b" OK done")
        peer.expect(b"NOOP")

    came = []
    with scripted(script) as server:
        mailbox = session(server)
        with pytest.raises(ServerError, match="not this one"):
            came.extend(one.uid for one in mailbox.fetch_text(range(1, 7)))
        mailbox.noop()

    assert came in ([1, 3], [])
    assert not mailbox.is_dead


def test_42_dovecot_answers_two_commands_at_a_time_whole(dovecot):
    user = dovecot.new_user()
    uids = dovecot.append(user, *(a_mail(n, text="x" * (n * 37 % 5_000)) for n in range(400)))
    mailbox = logged_in(dovecot, user)

    texts = {one.uid: one.raw for one in mailbox.fetch_text(uids)}

    assert sorted(texts) == uids
    assert all(texts[uid] == a_mail(n, text="x" * (n * 37 % 5_000)).partition(b"\r\n\r\n")[2]
               for n, uid in enumerate(uids))  # fmt: skip
    mailbox.close()


def test_who_stops_reading_loses_the_connection_and_not_the_next_answer(dovecot):
    user = dovecot.new_user()
    dovecot.append(user, *(a_mail(n) for n in range(5)))
    mailbox = logged_in(dovecot, user)

    for _ in mailbox.fetch_text(range(1, 6)):
        break

    assert mailbox.is_dead


def test_a_command_between_two_rows_is_refused_and_ends_the_connection(dovecot):
    user = dovecot.new_user()
    dovecot.append(user, *(a_mail(n) for n in range(5)))
    mailbox = logged_in(dovecot, user)
    rows = mailbox.fetch_text(range(1, 6))
    next(rows)

    with pytest.raises(ConnectionLostError, match="not read to its end"):
        mailbox.uids(1, 5)


@pytest.fixture
def far(monkeypatch):
    monkeypatch.setattr("storage.mail.imap_session._NEAR_SECONDS", 0)


@pytest.mark.usefixtures("far")
def test_42_what_is_asked_for_ahead_is_there_when_it_is_needed(dovecot):
    user = dovecot.new_user()
    dovecot.append(user, *(a_mail(n) for n in range(1, 10)))
    with proxied(dovecot.port) as proxy:
        mailbox = logged_in(proxy, user)
        mailbox.expect_text([4, 5, 6])
        dovecot.expunge(user, [9])
        for between in (lambda: None, mailbox.noop, lambda: mailbox.uids(1, 9)):
            between()
            mailbox.expect_text([4, 5, 6])
            assert [one.raw for one in mailbox.fetch_text([4, 5, 6])] == [
                f"It fails. ({n})\r\n".encode() for n in (4, 5, 6)
            ]
            assert [one.uid for one in mailbox.fetch_headers([1, 2])] == [1, 2]
        fetched = len(fetches(proxy.heard, "TEXT"))
        mailbox.expect_text([1])
        assert [one.uid for one in mailbox.fetch_text([2])] == [2]
        assert [one.uid for one in mailbox.fetch_text([1])] == [1]
        assert [one.uid for one in mailbox.fetch_text([1])] == [1]
        assert len(fetches(proxy.heard, "TEXT")) == fetched + 3
        assert mailbox.take_news().vanished == ((9, 9),)
        mailbox.close()


@pytest.mark.usefixtures("far")
def test_42_what_was_asked_for_ahead_is_forgotten_with_its_folder(dovecot):
    user = dovecot.new_user()
    dovecot.append(user, a_mail(1, text="In the inbox."))
    dovecot.append(user, a_mail(2, text="In Sent."), folder="Sent")
    mailbox = logged_in(dovecot, user)

    mailbox.expect_text([1])
    mailbox.select("Sent", readonly=True)

    assert [one.raw for one in mailbox.fetch_text([1])] == [b"In Sent. (2)\r\n"]
    mailbox.expect_text([1])
    mailbox.close()


@pytest.mark.usefixtures("far")
def test_42_a_refusal_of_what_was_asked_for_ahead_is_told_when_it_is_needed():
    def script(peer):
        peer.greet()
        peer.select()
        peer.expect(b"FETCH", text_row(1), words=b"NO not now that")
        peer.expect(b"NOOP")
        peer.expect(b"FETCH", text_row(1))

    with scripted(script) as server:
        mailbox = session(server)
        mailbox.expect_text([1, 2])
        mailbox.noop()
        with pytest.raises(ServerError, match="not now that"):
            list(mailbox.fetch_text([1, 2]))
        assert [one.uid for one in mailbox.fetch_text([1])] == [1]


@pytest.mark.usefixtures("far")
def test_42_a_first_sync_from_afar_asks_ahead_and_fetches_each_text_once(ground):
    uids = ground.server.append(ground.user, *(a_mail(n) for n in range(230)))
    with proxied(ground.server.port) as proxy:
        ground.imap = proxy.address()
        summary = ground.once()

    asked = list(chain.from_iterable(fetches(proxy.heard, "TEXT")))
    assert (summary.fetched_bodies, len(asked)) == (230, 230)
    assert asked != sorted(asked)
    assert sorted(asked) == uids
    ground.assert_alike("INBOX")


# -- 43: very many mails


def test_43_a_search_answer_of_more_than_a_megabyte_is_read():
    numbers = [4_000_000_000 + n for n in range(150_000)]

    def script(peer):
        peer.greet()
        peer.select(exists=150_000)
        for window in (numbers[:100_000], numbers[100_000:]):
            peer.expect(b"SEARCH", b"* SEARCH " + b" ".join(b"%d" % n for n in window))

    with scripted(script) as server:
        assert session(server).uids(numbers[0], numbers[-1]) == numbers


def test_43_where_the_server_can_it_answers_in_ranges():
    def script(peer):
        peer.greet(b"ESEARCH")
        peer.select(exists=90_000)
        peer.line()
        peer.answer(b'* ESEARCH (TAG "%s") UID ALL 5:90003,90010' % peer.tag)

    with scripted(script) as server:
        found = session(server).uids(1, 100_000)

    assert (len(found), found[0], found[-1]) == (90_000, 5, 90_010)


def test_43_ranges_that_name_more_than_there_can_be_take_no_memory():
    def script(peer):
        peer.greet(b"ESEARCH")
        peer.select(exists=3)
        peer.line()
        peer.answer(b'* ESEARCH (TAG "%s") UID ALL 1:4294967295' % peer.tag)

    with scripted(script) as server, pytest.raises(ConnectionLostError):
        session(server).uids(1, 4_294_967_295)


def test_43_a_server_that_offers_ranges_and_gives_none_is_asked_as_of_old():
    def script(peer):
        peer.greet(b"ESEARCH")
        peer.select(exists=3)
        peer.expect(b"SEARCH RETURN")
        peer.expect(b"SEARCH UID", b"* SEARCH 1 2")
        peer.expect(b"SEARCH UID", b"* SEARCH 1 2")

    with scripted(script) as server:
        mailbox = session(server)
        assert mailbox.uids(1, 9) == mailbox.uids(1, 9) == [1, 2]


# -- 44: what nobody asked for


def test_44_flags_of_others_in_the_middle_of_a_fetch_are_news_of_the_right_mails():
    def script(peer):
        peer.greet()
        peer.select(exists=9)
        peer.expect(
            b"FETCH",
            b"* 3 FETCH (UID 30 FLAGS (\\Deleted))",
            text_row(10),
            b"* VANISHED 50:51",
            b"* 2 FETCH (FLAGS (\\Seen) UID 20)",
            b"* 1 FETCH (FLAGS (\\Answered) UID 10)",
            b"* 2 FETCH (UID 20 FLAGS (\\Seen \\Flagged) MODSEQ (9))",
            text_row(20),
            text_row(77),
        )

    with scripted(script) as server:
        mailbox = session(server)
        came = [one.uid for one in mailbox.fetch_text([10, 20])]
        news = mailbox.take_news()

    assert came == [10, 20]
    assert news.vanished == ((50, 51),)
    assert news.flags == {
        30: {"\\Deleted"},
        20: {"\\Seen", "\\Flagged"},
        10: {"\\Answered"},
    }
    assert not news.is_vague


def test_44_what_is_said_of_a_place_in_the_list_is_never_taken_for_a_number():
    def script(peer):
        peer.greet()
        peer.select(exists=9)
        peer.expect(b"FETCH", b"* 5 EXPUNGE", b"* 5 FETCH (FLAGS (\\Deleted))", text_row(5))

    with scripted(script) as server:
        mailbox = session(server)
        assert [one.uid for one in mailbox.fetch_text([5])] == [5]
        news = mailbox.take_news()

    assert (news.flags, news.vanished, news.is_vague) == ({}, (), True)
    assert mailbox.noop is not None


@pytest.mark.parametrize("lacking", [(), ("CONDSTORE", "QRESYNC")])
def test_44_marks_and_removals_of_others_while_texts_come_are_on_the_desk(
    dovecots, tmp_path, lacking
):
    server = dovecots(without=lacking)
    ground = Ground(server, server.new_user(), tmp_path / "desk", server.address())
    uids = server.append(ground.user, *(a_mail(n) for n in range(700)))
    with session_of(ground) as engine:
        settled(engine)
        engine.look(all_flags=True)
        server.add_flags(ground.user, uids[:3], "\\Seen")
        server.expunge(ground.user, uids[5:8])
        list(engine.mailbox.fetch_text([uids[600]]))
        engine.look()

        assert ground.count("place") == 697
        assert ground.rows("SELECT uid FROM place WHERE flags='\\Seen'") == [
            (uid,) for uid in uids[:3]
        ]
    ground.assert_alike("INBOX")


# -- QRESYNC on the wire


def test_a_select_tells_what_changed_since(dovecot):
    user = dovecot.new_user()
    dovecot.append(user, *(a_mail(n) for n in range(10)))
    mailbox = logged_in(dovecot, user)
    before = mailbox.select("INBOX", readonly=True)
    dovecot.expunge(user, [2, 3, 9])
    dovecot.add_flags(user, [5], "\\Seen")
    dovecot.append(user, a_mail(11))

    since = Since(uidvalidity=before.uidvalidity, modseq=before.highestmodseq)
    said = mailbox.select("INBOX", readonly=True, since=since)

    assert said.since == since
    assert set(chain.from_iterable(range(low, high + 1) for low, high in said.vanished)) >= {
        2,
        3,
        9,
    }
    assert set(said.flags) == {5, 11}
    assert "\\Seen" in said.flags[5]
    assert said.highestmodseq > before.highestmodseq
    assert not mailbox.noop()
    mailbox.close()


def test_a_server_that_refuses_to_resync_is_asked_without_and_not_again():
    def script(peer):
        peer.greet(b"ENABLE", b"QRESYNC", b"CONDSTORE")
        peer.expect(b"ENABLE QRESYNC")
        peer.expect(b"QRESYNC \\(7 9\\)", words=b"BAD what")
        for _ in range(2):
            peer.expect(b"EXAMINE .INBOX. .CONDSTORE.$", b"* 1 EXISTS", b"* OK [UIDVALIDITY 7] x")

    since = Since(uidvalidity=7, modseq=9)
    with scripted(script) as server:
        mailbox = connect(server.address(), timeouts=QUICK)
        mailbox.login("ana", "hunter2")
        for _ in range(2):
            assert mailbox.select("INBOX", readonly=True, since=since).since is None


def test_what_is_distrusted_is_not_switched_on():
    def script(peer):
        peer.greet(b"ENABLE", b"QRESYNC", b"CONDSTORE", b"COMPRESS=DEFLATE")
        peer.expect(b"EXAMINE .INBOX.$", b"* 1 EXISTS", b"* OK [UIDVALIDITY 7] x")

    with scripted(script) as server:
        mailbox = connect(server.address(), timeouts=QUICK)
        mailbox.distrusts = frozenset({"QRESYNC", "CONDSTORE", "COMPRESS=DEFLATE"})
        mailbox.login("ana", "hunter2")
        mailbox.select("INBOX", readonly=True)


# -- compression


@pytest.fixture
def squeezing(dovecots):
    return dovecots(compresses=True)


def test_a_far_server_is_spoken_to_compressed(squeezing):
    user = squeezing.new_user()
    uids = squeezing.append(user, *(a_mail(n, text="the same again " * 1_000) for n in range(60)))
    with proxied(squeezing.port) as proxy:
        proxy.latency = 0.02
        mailbox = logged_in(proxy, user)
        proxy.latency = 0
        before = proxy.bytes_down

        texts = list(mailbox.fetch_text(uids))

        assert sum(len(one.raw) for one in texts) > 900_000
        assert proxy.bytes_down - before < 90_000
        threading.Thread(target=squeezing.append, args=(user, a_mail(99))).start()
        assert mailbox.idle(20) is IdleEvent.CHANGED
        assert not mailbox.noop()
        mailbox.close()


def test_a_near_server_is_not(squeezing):
    user = squeezing.new_user()
    with proxied(squeezing.port) as proxy:
        logged_in(proxy, user).close()

    assert b"COMPRESS" not in proxy.heard


def test_what_is_sent_compressed_arrives_whole(squeezing, monkeypatch):
    monkeypatch.setattr("storage.mail.imap_session._NEAR_SECONDS", 0)
    monkeypatch.setattr(imap_link, "_INFLATED", 64)
    user = squeezing.new_user()
    raw = a_mail(1, text="x" * 300_000)
    mailbox = logged_in(squeezing, user)

    uid = mailbox.append("INBOX", raw, date=AT)
    mailbox.noop()

    (text,) = mailbox.fetch_text([uid])
    assert raw.endswith(text.raw)
    mailbox.close()


def compressing(peer, *said):
    """Speak up to the compression, then say `said` compressed."""
    peer.greet(b"COMPRESS=DEFLATE")
    peer.expect(b"COMPRESS DEFLATE")
    squeeze = zlib.compressobj(9, wbits=-15)
    for one in said:
        peer.send_raw(squeeze.compress(one) + squeeze.flush(zlib.Z_SYNC_FLUSH))


@pytest.mark.parametrize(
    "said",
    [b"* OK " + b"x" * 300_000_000, b"* 1 EXISTS\r\n" * 300_000],
    ids=["a line", "many lines"],
)
def test_a_few_bytes_never_become_more_than_the_limits(monkeypatch, said):
    monkeypatch.setattr("storage.mail.imap_session._NEAR_SECONDS", 0)

    def script(peer):
        compressing(peer, said)
        peer.stall()

    with scripted(script) as server:
        mailbox = connect(server.address(), timeouts=QUICK)
        mailbox.login("ana", "hunter2")
        with pytest.raises(ConnectionLostError, match="end"):
            mailbox.noop()


@pytest.mark.parametrize("said", [b"\xff\xff\xff\xff", b"\x03\x00"])
def test_what_is_no_compressed_text_ends_the_connection(monkeypatch, said):
    monkeypatch.setattr("storage.mail.imap_session._NEAR_SECONDS", 0)

    def script(peer):
        compressing(peer)
        peer.send_raw(said)
        peer.stall()

    with scripted(script) as server:
        mailbox = connect(server.address(), timeouts=QUICK)
        mailbox.login("ana", "hunter2")
        with pytest.raises(ConnectionLostError, match="compress"):
            mailbox.noop()


def test_a_server_that_refuses_to_compress_is_used_without(monkeypatch):
    monkeypatch.setattr("storage.mail.imap_session._NEAR_SECONDS", 0)

    def script(peer):
        peer.greet(b"COMPRESS=DEFLATE")
        peer.expect(b"COMPRESS", words=b"NO not today")
        peer.select()

    with scripted(script) as server:
        session(server)


# -- names of others


@pytest.mark.parametrize(
    ("owner", "name"),
    [(owner, name) for owner, names in imap_wire.PRIVATE.items() for name in names],
)
def test_a_private_name_that_we_replace_or_call_is_still_there(owner, name):
    assert callable(getattr(owner, name, None)), (
        f"{owner.__name__}.{name} is gone: storage/mail/imap_wire.py relies on it"
    )


def test_private_state_that_we_touch_is_still_there(dovecot):
    client = IMAPClient("127.0.0.1", dovecot.port, ssl=False)

    for owner, names in imap_wire.PRIVATE_STATE.items():
        one = client._imap if owner is imaplib.IMAP4 else client
        assert [name for name in names if not hasattr(one, name)] == []
    client.shutdown()


def test_every_private_name_that_is_touched_is_listed():
    listed = set(chain(*imap_wire.PRIVATE.values(), *imap_wire.PRIVATE_STATE.values()))
    own = set(vars(imap_wire.Wire)) | set(vars(imap_talk.Talk)) | set(vars(imap_talk.Client))
    replaced = {
        name
        for name in own
        if name.startswith("_")
        and not name.startswith("__")
        and (hasattr(imaplib.IMAP4, name) or hasattr(IMAPClient, name))
    }

    assert replaced <= listed
