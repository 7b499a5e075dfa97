"""IMAP servers, and people between us and them, that do what none may."""

import os
import threading

import pytest

from storage.errors import ConnectionLostError, LoginRefusedError, NotNowError, ServerError
from storage.mail import imap_link
from storage.mail.imap import connect
from storage.mail.transport import Timeouts
from storage.records.account import Security
from storage.records.remote import IdleEvent
from storage.sync.stop import Stop
from tests.imap.scripted import scripted

QUICK = Timeouts(connect=5, read=5)
IMPATIENT = Timeouts(connect=0.2, read=0.2)


def session(server, *, timeouts=QUICK):
    mailbox = connect(server.address(), timeouts=timeouts)
    mailbox.login("ana", "hunter2")
    mailbox.select("INBOX", readonly=False)
    return mailbox


# -- before the login


def test_a_server_that_hides_starttls_hears_no_password():
    def script(peer):
        peer.send(b"* OK ready")
        peer.expect(b"CAPABILITY", b"* CAPABILITY IMAP4rev1 AUTH=PLAIN")
        peer.line()

    with scripted(script) as server, pytest.raises(ServerError, match="no encryption"):
        connect(server.address(Security.STARTTLS))

    assert not any(b"LOGIN" in line or b"AUTH" in line for line in server.heard)


def test_starttls_that_is_offered_and_refused_is_the_end():
    def script(peer):
        peer.send(b"* OK ready")
        peer.expect(b"CAPABILITY", b"* CAPABILITY IMAP4rev1 STARTTLS")
        peer.expect(b"STARTTLS", words=b"NO not today")

    with scripted(script) as server, pytest.raises(ServerError, match="not today"):
        connect(server.address(Security.STARTTLS), timeouts=QUICK)


def test_words_spoken_before_tls_are_not_believed_after_it(certificates):
    serving, trusting = certificates()

    def script(peer):
        peer.send(b"* OK ready")
        peer.expect(b"CAPABILITY", b"* CAPABILITY IMAP4rev1 STARTTLS")
        tag = peer.line().split()[0]
        peer.send_raw(tag + b" OK go\r\n* PREAUTH you are root\r\n")
        peer.encrypt(serving)
        peer.expect(b"CAPABILITY", b"* CAPABILITY IMAP4rev1 AUTH=PLAIN")

    with scripted(script) as server, pytest.raises(ServerError, match="before the encryption"):
        connect(server.address(Security.STARTTLS, "localhost"), context=trusting, timeouts=QUICK)


def test_what_was_offered_before_tls_is_forgotten(certificates):
    serving, trusting = certificates()

    def script(peer):
        peer.send(b"* OK [CAPABILITY IMAP4rev1 STARTTLS X-EVIL] ready")
        peer.expect(b"CAPABILITY", b"* CAPABILITY IMAP4rev1 STARTTLS X-EVIL")
        peer.expect(b"STARTTLS")
        peer.encrypt(serving)
        peer.expect(b"CAPABILITY", b"* CAPABILITY IMAP4rev1 AUTH=PLAIN")

    with scripted(script) as server:
        mailbox = connect(
            server.address(Security.STARTTLS, "localhost"), context=trusting, timeouts=QUICK
        )

    assert mailbox.capabilities == {"IMAP4REV1", "AUTH=PLAIN"}
    mailbox.close()


@pytest.mark.parametrize("security", [Security.TLS, Security.STARTTLS])
def test_a_certificate_of_another_name_is_refused(certificates, security):
    serving, trusting = certificates("other", "DNS:other.example")

    def script(peer):
        if security is Security.STARTTLS:
            peer.send(b"* OK ready")
            peer.expect(b"CAPABILITY", b"* CAPABILITY IMAP4rev1 STARTTLS")
            peer.expect(b"STARTTLS")
        peer.encrypt(serving)

    with scripted(script) as server, pytest.raises(ServerError, match="certificate"):
        connect(server.address(security, "localhost"), context=trusting, timeouts=QUICK)


@pytest.mark.parametrize("security", [Security.NONE, Security.STARTTLS])
def test_a_greeting_that_says_we_are_logged_in_is_not_trusted(security):
    def script(peer):
        peer.send(b"* PREAUTH welcome")
        peer.expect(b"CAPABILITY", b"* CAPABILITY IMAP4rev1 STARTTLS")
        peer.line()

    with scripted(script) as server, pytest.raises(ServerError, match="not trusted"):
        connect(server.address(security), timeouts=QUICK)


@pytest.mark.parametrize(
    ("greeting", "why"),
    [
        (b"220 smtp.example ESMTP\r\n", "not IMAP"),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", "not IMAP"),
        (b"\x16\x03\x01\x02\x00\r\n", "not IMAP"),
        (b"* BYE \x1b[2Jtoo busy\r\n", "too busy"),
        (b"* OK ready\n", "not IMAP"),
        (b"", "closed the connection"),
        (b"* O", "closed the connection"),
        (b"+ go on\r\n", "not IMAP"),
    ],
)
def test_a_greeting_that_is_none_ends_it_with_a_sentence(greeting, why):
    def script(peer):
        peer.send_raw(greeting)
        peer.close()

    with scripted(script) as server, pytest.raises(ServerError, match=why) as refused:
        connect(server.address(), timeouts=QUICK)

    assert str(refused.value).isprintable()


@pytest.mark.parametrize(
    "endless",
    [b"x" * 65_536, b"* OK still here\r\n" * 4096, b"* OK {70000}\r\n" + b"x" * 65_536],
)
def test_a_stranger_cannot_talk_without_end(endless):
    def script(peer):
        peer.send(b"* OK ready")
        while True:
            peer.send_raw(endless)

    with scripted(script) as server, pytest.raises(ServerError):
        connect(server.address(), timeouts=QUICK)


def test_a_server_that_says_nothing_is_given_up():
    with (
        scripted(lambda peer: peer.stall()) as server,
        pytest.raises(ServerError, match="does not answer"),
    ):
        connect(server.address(), timeouts=IMPATIENT)


def test_tls_where_there_is_none_is_a_sentence():
    def script(peer):
        peer.send(b"* OK ready")

    with scripted(script) as server, pytest.raises(ServerError, match="TLS"):
        connect(server.address(Security.TLS), timeouts=QUICK)


# -- the login


@pytest.mark.parametrize(
    ("words", "error"),
    [
        (b"NO [AUTHENTICATIONFAILED] hunter2 \x1b[31mis wrong", LoginRefusedError),
        (b"NO LOGIN failed.", LoginRefusedError),
        (b"BAD nonsense", LoginRefusedError),
        (b"NO [UNAVAILABLE] later", NotNowError),
        (b"NO [ALERT] Too many simultaneous connections. (Failure)", NotNowError),
        (b"NO Request is throttled. Suggested Backoff Time: 1500 milliseconds", NotNowError),
    ],
)
def test_a_refused_login_is_told_from_one_that_may_succeed_later(words, error):
    def script(peer):
        peer.send(b"* OK ready")
        peer.expect(b"CAPABILITY", b"* CAPABILITY IMAP4rev1")
        peer.expect(b"LOGIN", words=words)

    with scripted(script) as server:
        mailbox = connect(server.address(), timeouts=QUICK)
        with pytest.raises(ServerError) as refused:
            mailbox.login("ana", "hunter2")

    assert type(refused.value) is error
    assert "hunter2" not in str(refused.value)
    assert str(refused.value).isprintable()
    assert mailbox.is_dead


def test_a_password_echoed_in_base64_is_not_repeated():
    def script(peer):
        peer.send(b"* OK ready")
        peer.expect(b"CAPABILITY", b"* CAPABILITY IMAP4rev1 AUTH=PLAIN")
        tag = peer.line().split()[0]
        peer.send(b"+ ")
        peer.send(tag + b" NO I do not know " + peer.line())

    with scripted(script) as server:
        mailbox = connect(server.address(), timeouts=QUICK)
        with pytest.raises(LoginRefusedError) as refused:
            mailbox.login("ana", "hunter2")

    assert server.heard[-1].decode() not in str(refused.value)


@pytest.mark.parametrize("password", ["a\r\nA1 DELETE INBOX", "a\nb", "a\0b"])
def test_a_password_with_a_line_break_is_never_sent(password):
    def script(peer):
        peer.send(b"* OK ready")
        peer.expect(b"CAPABILITY", b"* CAPABILITY IMAP4rev1")
        peer.line()

    with scripted(script) as server:
        mailbox = connect(server.address(), timeouts=QUICK)
        with pytest.raises(LoginRefusedError):
            mailbox.login("ana", password)

    assert not any(b"DELETE" in line or b"LOGIN" in line for line in server.heard)


def test_names_and_passwords_are_quoted():
    def script(peer):
        peer.send(b"* OK ready")
        peer.expect(b"CAPABILITY", b"* CAPABILITY IMAP4rev1")
        peer.expect(b"LOGIN")
        peer.expect(b"CAPABILITY", b"* CAPABILITY IMAP4rev1")

    with scripted(script) as server:
        mailbox = connect(server.address(), timeouts=QUICK)
        mailbox.login('ACME\\ana "x"', 'p w"\\')
        mailbox.close()

    assert server.heard[1].partition(b" ")[2] == b'LOGIN "ACME\\\\ana \\"x\\"" "p w\\"\\\\"'


@pytest.mark.parametrize("offers", [b"LOGINDISABLED", b"LOGINDISABLED AUTH=GSSAPI"])
def test_a_server_that_takes_no_password_is_a_question_for_a_person(offers):
    def script(peer):
        peer.send(b"* OK ready")
        peer.expect(b"CAPABILITY", b"* CAPABILITY IMAP4rev1 " + offers)
        peer.line()

    with scripted(script) as server:
        mailbox = connect(server.address(), timeouts=QUICK)
        with pytest.raises(LoginRefusedError, match="no way to log in"):
            mailbox.login("ana", "hunter2")


# -- afterwards


@pytest.mark.parametrize(
    "answer",
    [
        b"* 1 FETCH (UID 1 BODY[TEXT] {999999999999}\r\n",
        b"* 1 FETCH (UID 1\r\nA OK\r\n",
        b"* 1 FETCH garbage\r\n%s OK\r\n",
        b"garbage\r\n",
        b"* BYE maintenance\r\n",
        b"XYZ1 OK done\r\n",
        b"\r\n",
        b"\xff\xfe\x00\r\n",
    ],
)
def test_an_answer_that_is_none_kills_the_connection_and_gives_no_mail(answer):
    def script(peer):
        peer.greet()
        peer.select()
        tag = peer.line().split()[0]
        peer.send_raw(answer.replace(b"%s", tag))
        peer.close()

    with scripted(script) as server:
        mailbox = session(server)
        with pytest.raises(ConnectionLostError) as lost:
            list(mailbox.fetch_text([1]))
        with pytest.raises(ConnectionLostError):
            mailbox.noop()

    assert mailbox.is_dead
    assert str(lost.value).isprintable()


def test_a_mail_announced_as_larger_than_any_is_not_waited_for():
    def script(peer):
        peer.greet()
        peer.select()
        peer.line()
        peer.send_raw(b"* 1 FETCH (UID 1 BODY[TEXT] {99999999999}\r\nx")
        peer.stall()

    with scripted(script) as server, pytest.raises(ConnectionLostError, match="announces"):
        list(session(server).fetch_text([1]))


def test_mail_text_never_stands_in_an_error():
    def script(peer):
        peer.greet()
        peer.select()
        peer.line()
        peer.send(b"Dear support, my card number is 4111")

    with scripted(script) as server, pytest.raises(ConnectionLostError) as lost:
        list(session(server).fetch_text([1]))

    assert "4111" not in str(lost.value)


def test_a_server_that_falls_silent_is_a_lost_connection():
    def script(peer):
        peer.greet()
        peer.select()
        peer.line()
        peer.stall()

    with scripted(script) as server:
        mailbox = session(server, timeouts=Timeouts(connect=5, read=0.3))
        with pytest.raises(ConnectionLostError, match="does not answer"):
            list(mailbox.fetch_headers([1]))


def test_flags_of_another_message_in_between_change_nothing():
    def script(peer):
        peer.greet()
        peer.select(exists=9)
        peer.expect(
            b"FETCH",
            b"* 3 FETCH (FLAGS (\\Deleted))",
            b"* 5 EXPUNGE",
            b"* 1 FETCH (UID 3 FLAGS (\\Seen) RFC822.SIZE 5 INTERNALDATE"
            b' " 1-Jan-2025 00:00:00 +0000" BODY[HEADER] "A: b")',
            b"* 4 FETCH (FLAGS (\\Flagged) UID 44)",
            b"* 10 EXISTS",
        )

    with scripted(script) as server:
        mailbox = session(server)
        (found,) = mailbox.fetch_headers([3])

    assert (found.uid, found.flags, found.raw) == (3, {"\\Seen"}, b"A: b")


def test_a_message_that_nobody_asked_for_is_not_taken():
    def script(peer):
        peer.greet()
        peer.select()
        peer.expect(
            b"FETCH", b'* 1 FETCH (UID 7 BODY[TEXT] "x")', b'* 2 FETCH (UID 8 BODY[TEXT] "y")'
        )

    with scripted(script) as server:
        assert [one.uid for one in session(server).fetch_text([8])] == [8]


def test_a_search_answered_on_many_lines_or_beyond_the_window_is_read_right():
    def script(peer):
        peer.greet()
        peer.select(exists=4)
        peer.expect(b"SEARCH", b"* SEARCH 3 1", b"* SEARCH", b"* SEARCH 2 900")

    with scripted(script) as server:
        assert session(server).uids(1, 10) == [1, 2, 3]


def test_a_large_folder_is_searched_in_windows():
    def script(peer):
        peer.greet()
        peer.select(exists=250_000)
        for low in (1, 100_001, 200_001):
            peer.expect(b"SEARCH", b"* SEARCH " + b" ".join(b"%d" % n for n in range(low, low + 9)))

    with scripted(script) as server:
        found = session(server).uids(1, 250_000)

    assert len(found) == 27
    assert [line.split(b" ")[-1] for line in server.heard if b"SEARCH" in line] == [
        b"1:100000",
        b"100001:200000",
        b"200001:250000",
    ]


def test_a_search_line_of_a_hundred_thousand_mails_fits():
    numbers = b" ".join(b"%d" % (4_000_000_000 + n) for n in range(100_000))

    def script(peer):
        peer.greet()
        peer.select(exists=100_000)
        peer.expect(b"SEARCH", b"* SEARCH " + numbers)

    with scripted(script) as server:
        assert len(session(server).uids(1, 4_294_967_295)) == 100_000


@pytest.mark.parametrize("line", [b"x" * 65_536, b"* 1 EXISTS\r\n" * 5000])
def test_an_endless_answer_ends_at_the_limit(line):
    def script(peer):
        peer.greet()
        peer.select()
        peer.line()
        while True:
            peer.send_raw(line)

    with scripted(script) as server:
        mailbox = session(server)
        with pytest.raises(ConnectionLostError, match="end"):
            mailbox.noop()


def test_a_folder_without_uidvalidity_is_not_read():
    def script(peer):
        peer.greet()
        peer.select(b"* 3 EXISTS")

    with scripted(script) as server, pytest.raises(ServerError, match="UIDVALIDITY"):
        session(server)


def test_a_folder_without_uidnext_is_read_all_the_same():
    def script(peer):
        peer.greet()
        peer.select(b"* 3 EXISTS", b"* OK [UIDVALIDITY 9] x", b"* OK [HIGHESTMODSEQ 715] x")

    with scripted(script) as server:
        mailbox = connect(server.address(), timeouts=QUICK)
        mailbox.login("ana", "hunter2")
        selected = mailbox.select("INBOX", readonly=True)

    assert (selected.uidvalidity, selected.uidnext, selected.exists) == (9, None, 3)
    assert selected.highestmodseq == 715


def test_brackets_in_the_words_after_a_number_do_not_matter():
    def script(peer):
        peer.greet()
        peer.select(b"* 3 EXISTS", b"* OK [UIDVALIDITY 9] valid [really]", b"* OK [UIDNEXT] x [1]")

    with scripted(script) as server:
        mailbox = connect(server.address(), timeouts=QUICK)
        mailbox.login("ana", "hunter2")
        selected = mailbox.select("INBOX", readonly=True)

    assert (selected.uidvalidity, selected.uidnext) == (9, None)


def test_a_folder_that_may_only_be_read_stays_usable():
    def script(peer):
        peer.greet()
        peer.expect(b"SELECT", b"* 1 EXISTS", b"* OK [UIDVALIDITY 9] x", words=b"OK [READ-ONLY] x")
        peer.expect(b"NOOP")
        peer.expect(b"SEARCH", b"* SEARCH 1")

    with scripted(script) as server:
        mailbox = connect(server.address(), timeouts=QUICK)
        mailbox.login("ana", "hunter2")
        selected = mailbox.select("INBOX", readonly=False)
        mailbox.noop()

        assert selected.is_readonly
        assert mailbox.uids(1, 1) == [1]


def test_a_folder_name_that_could_act_is_safe_to_show():
    def script(peer):
        peer.greet()
        peer.expect(
            b"LIST",
            b'* LIST () "/" "../../etc/passwd"',
            b'* LIST () "/" "a&AAcAGw-[2J"',
            b'* LIST () "/" {8}\r\nx\x1b]0;y\x07z',
            b'* LIST () "/" "broken &AB"',
            b'* LIST () "/" 42',
        )

    with scripted(script) as server:
        mailbox = connect(server.address(), timeouts=QUICK)
        mailbox.login("ana", "hunter2")
        folders = mailbox.folders()

    assert [one.name for one in folders][::2] == ["../../etc/passwd", "42"]
    assert all(one.shown.isprintable() for one in folders)


# -- waiting


def idling(*parts, then=None):
    """Return a script that says `parts` while the client idles, each in a packet of its own."""

    def script(peer):
        peer.greet(b"IDLE")
        peer.select()
        tag = peer.line().split()[0]
        peer.send(b"+ idling")
        for part in parts:
            peer.send_raw(part)
            threading.Event().wait(0.05)
        if then:
            then(peer)
        elif peer.line() == b"DONE":
            peer.send(tag + b" OK idled")
            if peer.line():
                peer.answer()

    return script


@pytest.mark.parametrize(
    "parts",
    [
        (b"* 2 EXI", b"STS\r\n"),
        (b"*", b" ", b"2", b" EXISTS", b"\r", b"\n"),
        (b"* OK Still here\r\n* 2 EXISTS\r\n",),
        (b"* 1 RECENT\r\n* 1 EXPUNGE\r\n",),
        (b"* VANISHED 4\r\n",),
        (b"* 1 FETCH (FLAGS (\\Seen))\r\n",),
    ],
)
def test_no_event_is_lost_however_it_is_cut_and_the_connection_goes_on(parts):
    with scripted(idling(*parts)) as server:
        mailbox = session(server)

        assert mailbox.idle(5) is IdleEvent.CHANGED
        assert not mailbox.noop()


def test_half_a_line_at_the_end_of_the_wait_is_whole_afterwards():
    def rest(peer):
        assert peer.line() == b"DONE"
        peer.send_raw(b"STS\r\n")
        peer.send(server_tag(peer) + b" OK idled")

    def server_tag(peer):
        return peer.heard[-2].split()[0]

    with scripted(idling(b"* 2 EXI", then=rest)) as server:
        assert session(server).idle(0.2) is IdleEvent.CHANGED


def test_a_keep_alive_is_no_event():
    with scripted(idling(b"* OK Still here\r\n")) as server:
        assert session(server).idle(0.3) is IdleEvent.TIMEOUT


@pytest.mark.parametrize(
    "ending",
    [
        lambda peer: peer.close(),
        lambda peer: peer.send(b"* BYE Autologout"),
        lambda peer: peer.send(peer.tag + b" OK I am tired"),
        lambda peer: peer.send_raw(b"x" * 5_000_000),
        lambda peer: peer.send(b"garbage"),
    ],
)
def test_an_end_of_idle_by_the_server_is_a_lost_connection_at_once(ending):
    with scripted(idling(then=ending)) as server:
        mailbox = session(server)
        with pytest.raises(ConnectionLostError):
            mailbox.idle(20)

    assert mailbox.is_dead


def test_a_server_that_refuses_to_idle_says_so():
    def script(peer):
        peer.greet()
        peer.select()
        peer.expect(b"IDLE", words=b"BAD unknown command")
        peer.expect(b"NOOP")

    with scripted(script) as server:
        mailbox = session(server)
        with pytest.raises(ServerError, match="unknown command") as refused:
            mailbox.idle(5)

        assert not isinstance(refused.value, ConnectionLostError)
        assert not mailbox.noop()


def test_an_event_and_a_wake_together_lose_neither():
    reading, writing = os.pipe()
    os.write(writing, b"!")

    def script(peer):
        peer.greet(b"IDLE")
        peer.select()
        peer.line()
        peer.send_raw(b"+ idling\r\n* 2 EXISTS\r\n")
        for _ in range(2):
            assert peer.line() == b"DONE"
            peer.send(peer.heard[-2].split()[0] + b" OK idled")
            if peer.line():
                peer.send(b"+ idling")

    with scripted(script) as server:
        mailbox = session(server)

        assert mailbox.idle(5, wake_fd=reading) is IdleEvent.CHANGED
        assert mailbox.idle(5, wake_fd=reading) is IdleEvent.WOKEN
        mailbox.close()
    os.close(reading)
    os.close(writing)


def test_events_inside_one_tls_record_are_all_heard(certificates, monkeypatch):
    # a record that is read in parts: the socket itself has nothing more to say
    monkeypatch.setattr(imap_link, "_CHUNK", 5)
    serving, trusting = certificates()

    def script(peer):
        peer.encrypt(serving)
        peer.greet(b"IDLE")
        peer.select()
        tag = peer.line().split()[0]
        peer.send_raw(b"+ idling\r\n* OK Still here\r\n* 2 EXISTS\r\n")
        assert peer.line() == b"DONE"
        peer.send(tag + b" OK idled")

    with scripted(script) as server:
        mailbox = connect(
            server.address(Security.TLS, "localhost"), context=trusting, timeouts=QUICK
        )
        mailbox.login("ana", "hunter2")
        mailbox.select("INBOX", readonly=True)

        assert mailbox.idle(60) is IdleEvent.CHANGED


def test_a_connection_that_was_given_up_in_the_middle_of_an_answer_is_dead():
    def script(peer):
        peer.greet(b"CONDSTORE")
        peer.select()
        peer.line()
        peer.send(b"* 1 FETCH (UID 1 FLAGS ())")
        peer.stall()

    stop = Stop()
    with scripted(script) as server, stop.by_signals():
        mailbox = connect(server.address(), timeouts=QUICK)
        mailbox.login("ana", "hunter2")
        mailbox.select("INBOX", readonly=True)

        with pytest.raises(ConnectionLostError, match="to an end"), stop.within(0.3):
            mailbox.changed_since(3, upto=9)

        assert mailbox.is_dead
        assert not any(b"LOGOUT" in line for line in server.heard)
