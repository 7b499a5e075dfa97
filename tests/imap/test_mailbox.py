"""The mailbox against a real Dovecot."""

import os
import threading
from datetime import UTC, datetime, timedelta, timezone

import pytest

from storage.errors import ConnectionLostError, LoginRefusedError, ServerError
from storage.mail.folders import find_role
from storage.mail.imap import connect
from storage.records.account import Security, ServerAddress
from storage.records.remote import IdleEvent
from storage.records.words import FolderRole
from tests.imap.dovecot import PASSWORD

AT = datetime(2025, 11, 3, 14, 5, 6, tzinfo=UTC)


def a_mail(number=1, body=b"hello\r\n", headers=b""):
    return b"Subject: mail %d\r\nMessage-ID: <m%d@c.example>\r\n%s\r\n%s" % (
        number,
        number,
        headers,
        body,
    )


@pytest.fixture
def user(dovecot):
    return dovecot.new_user()


@pytest.fixture
def open_mailbox(dovecot, user):
    opened = []

    def of(name=user, server=dovecot):
        mailbox = connect(server.address())
        opened.append(mailbox)
        mailbox.login(name, PASSWORD)
        mailbox.select("INBOX", readonly=False)
        return mailbox

    yield of
    for one in opened:
        one.close()


@pytest.mark.parametrize("security", Security)
def test_every_way_to_connect_reaches_the_mail(dovecot, user, security):
    dovecot.append(user, a_mail())

    mailbox = connect(dovecot.address(security), context=dovecot.trusting())
    mailbox.login(user, PASSWORD)
    selected = mailbox.select("INBOX", readonly=True)
    mailbox.close()

    assert (selected.exists, selected.uidnext, selected.is_readonly) == (1, 2, True)


@pytest.mark.parametrize("security", [Security.TLS, Security.STARTTLS])
def test_a_certificate_that_nobody_vouches_for_is_refused(dovecot, security):
    with pytest.raises(ServerError, match="certificate"):
        connect(dovecot.address(security))


def test_what_the_server_can_do_is_asked_again_after_login(dovecot, user):
    mailbox = connect(dovecot.address())
    before = mailbox.capabilities

    mailbox.login(user, PASSWORD)
    mailbox.close()

    assert "UIDPLUS" not in before
    assert "UIDPLUS" in mailbox.capabilities


def test_a_wrong_password_is_refused_and_never_repeated(dovecot, user):
    mailbox = connect(dovecot.address())

    with pytest.raises(LoginRefusedError) as refused:
        mailbox.login(user, "hunter2")

    assert "hunter2" not in str(refused.value)
    assert mailbox.is_dead


def test_without_a_login_there_is_no_mail(dovecot):
    mailbox = connect(dovecot.address())

    with pytest.raises(ServerError):
        mailbox.select("INBOX", readonly=True)


def test_an_empty_folder_is_read_as_one(open_mailbox):
    mailbox = open_mailbox()

    selected = mailbox.select("INBOX", readonly=False)

    assert (selected.exists, selected.uidnext) == (0, 1)
    assert mailbox.uids(1, 1000) == []
    assert list(mailbox.fetch_headers([])) == []
    assert list(mailbox.fetch_headers([1, 2, 3])) == []


def test_header_and_text_are_the_mail_byte_for_byte(dovecot, user, open_mailbox):
    raw = a_mail(body=b"a\r\n.\r\n{5}\r\n)\r\n" + bytes({*range(1, 256)} - {10, 13}) + b"\r\n")
    dovecot.append(user, raw, flags=["\\Seen"], date=AT)
    mailbox = open_mailbox()

    (header,) = mailbox.fetch_headers([1])
    (text,) = mailbox.fetch_text([1])

    assert header.raw + text.raw == raw
    assert (header.uid, header.size, header.internal_date) == (1, len(raw), AT)
    assert "\\Seen" in header.flags


def test_fetching_marks_nothing_as_read(dovecot, user, open_mailbox):
    dovecot.append(user, a_mail())
    mailbox = open_mailbox()

    list(mailbox.fetch_headers([1]))
    list(mailbox.fetch_text([1]))

    assert dovecot.flags(user) == {1: set()}


@pytest.mark.parametrize(
    "header",
    [
        "Subject: Grüße\r\n".encode("latin-1"),
        "Subject: Grüße\r\n".encode(),
        b"Subject: " + bytes(range(128, 256)) + b"\r\n",
        b"X: " + b"y" * 50_000 + b"\r\n",
        b'X: "{10}\r\n',
        b"no header at all\r\n",
        b"X: \x01\x02\x1b[2J\r\n",
    ],
)
def test_header_bytes_come_as_they_are(dovecot, user, open_mailbox, header):
    dovecot.append(user, header + b"\r\nbody")

    (found,) = open_mailbox().fetch_headers([1])

    assert found.raw.startswith(header)


def test_a_mail_without_a_body_has_an_empty_text(dovecot, user, open_mailbox):
    dovecot.append(user, b"Subject: only\r\n\r\n")

    (text,) = open_mailbox().fetch_text([1])

    assert text.raw == b""


def test_more_mails_than_fit_one_command_all_come(dovecot, user, open_mailbox):
    dovecot.append(user, *[a_mail(number) for number in range(1201)])
    mailbox = open_mailbox()

    uids = mailbox.uids(1, 1201)

    assert uids == list(range(1, 1202))
    assert sorted(one.uid for one in mailbox.fetch_headers(uids)) == uids
    assert sorted(one.uid for one in mailbox.fetch_text(uids[:120])) == uids[:120]


def test_uids_names_only_what_was_asked_for(dovecot, user, open_mailbox):
    dovecot.append(user, *[a_mail(number) for number in range(5)])
    mailbox = open_mailbox()

    assert mailbox.uids(2, 4) == [2, 3, 4]
    assert mailbox.uids(6, 4_294_967_295) == []


def test_what_is_gone_meanwhile_is_left_out(dovecot, user, open_mailbox):
    dovecot.append(user, a_mail(1), a_mail(2), a_mail(3))
    mailbox = open_mailbox()
    dovecot.expunge(user, [2])

    mailbox.noop()

    assert [one.uid for one in mailbox.fetch_text([1, 2, 3])] == [1, 3]
    assert mailbox.uids(1, 3) == [1, 3]


def test_flags_are_added_and_read(dovecot, user, open_mailbox):
    dovecot.append(user, a_mail(1), a_mail(2))
    mailbox = open_mailbox()

    mailbox.add_flags([2], ["\\Answered", "$Work"])

    assert dovecot.flags(user) == {1: set(), 2: {"\\Answered", "$Work"}}
    assert "\\Answered" in mailbox.fetch_flags([1, 2])[2]


def test_an_appended_mail_is_found_by_its_message_id(open_mailbox):
    mailbox = open_mailbox()
    there = AT.astimezone(timezone(timedelta(hours=5)))

    uid = mailbox.append("Sent", a_mail(7), flags=("\\Seen",), date=there)
    mailbox.select("Sent", readonly=False)

    assert mailbox.search_message_id("m7@c.example") == [uid]
    assert mailbox.search_message_id("m8@c.example") == []
    assert mailbox.search_message_id('") ALL (x"') == []
    (header,) = mailbox.fetch_headers([uid])
    assert (header.internal_date, "\\Seen" in header.flags) == (AT, True)


def test_a_folder_that_is_not_there_is_a_sentence_and_the_connection_goes_on(open_mailbox):
    mailbox = open_mailbox()

    with pytest.raises(ServerError, match="says no") as refused:
        mailbox.select("Nowhere", readonly=True)

    assert not isinstance(refused.value, ConnectionLostError)
    assert mailbox.select("INBOX", readonly=True).exists == 0


NAMES = [
    "a & b",
    'say "hi"',
    "back\\slash",
    "Entwürfe",
    "日本語",
    "007",
    "a/b/c",
    "&-",
    "%*",
    " x ",
]


def test_folder_names_go_to_the_server_and_back(dovecot, user, open_mailbox):
    mailbox = open_mailbox()
    for name in NAMES:
        mailbox.create(name)
        dovecot.append(user, a_mail(), folder=name)

    listed = {one.name: one for one in mailbox.folders()}

    assert set(NAMES) <= set(listed)
    assert {mailbox.status(name).exists for name in NAMES} == {1}
    assert {mailbox.select(name, readonly=False).exists for name in NAMES} == {1}
    assert mailbox.append("a & b", a_mail(2), date=AT) == 2


@pytest.mark.parametrize(
    "role",
    [FolderRole.INTAKE, FolderRole.SENT, FolderRole.ARCHIVE, FolderRole.JUNK],
)
def test_the_servers_own_flags_name_the_folders(open_mailbox, role):
    found = find_role(open_mailbox().folders(), role)

    assert found == {"intake": "INBOX"}.get(role, role.capitalize())


def test_without_flags_the_names_do_under_a_prefix_too(dovecots):
    server = dovecots(roles=False, separator=".", prefix="INBOX.")
    user = server.new_user()
    server.create(user, "INBOX.Gesendet", "INBOX.Archiv", "INBOX.Projekte.Spam")
    mailbox = connect(server.address())
    mailbox.login(user, PASSWORD)

    folders = mailbox.folders()
    mailbox.close()

    assert find_role(folders, FolderRole.SENT) == "INBOX.Gesendet"
    assert find_role(folders, FolderRole.ARCHIVE) == "INBOX.Archiv"
    assert find_role(folders, FolderRole.JUNK) is None


def test_a_new_uidvalidity_is_seen(dovecot, user, open_mailbox):
    dovecot.append(user, a_mail())
    mailbox = open_mailbox()
    before = mailbox.select("INBOX", readonly=True).uidvalidity

    dovecot.change_uidvalidity(user, before + 1000)

    fresh = connect(dovecot.address())
    fresh.login(user, PASSWORD)
    assert fresh.select("INBOX", readonly=True).uidvalidity == before + 1000
    fresh.close()


# -- waiting for mail


def test_idle_returns_when_mail_comes(dovecot, user, open_mailbox):
    mailbox = open_mailbox()
    threading.Thread(target=dovecot.append, args=(user, a_mail())).start()

    assert mailbox.idle(20) is IdleEvent.CHANGED
    assert mailbox.uids(1, 10) == [1]


def test_idle_returns_when_mail_goes_and_when_it_is_marked(dovecot, user, open_mailbox):
    dovecot.append(user, a_mail(1), a_mail(2))
    mailbox = open_mailbox()

    threading.Thread(target=dovecot.add_flags, args=(user, [1], "\\Seen")).start()
    assert mailbox.idle(20) is IdleEvent.CHANGED

    threading.Thread(target=dovecot.expunge, args=(user, [2])).start()
    while mailbox.uids(1, 2) != [1]:
        assert mailbox.idle(20) is IdleEvent.CHANGED


def test_mail_that_came_before_idle_began_is_told_at_once(dovecot, user, open_mailbox):
    mailbox = open_mailbox()
    dovecot.append(user, a_mail())

    assert mailbox.idle(20) is IdleEvent.CHANGED


def test_news_that_came_with_another_command_is_not_lost(dovecot, user, open_mailbox):
    dovecot.append(user, a_mail(1))
    mailbox = open_mailbox()
    dovecot.append(user, a_mail(2))

    list(mailbox.fetch_text([1]))
    mailbox.fetch_flags([1])

    assert mailbox.noop()
    assert not mailbox.noop()


@pytest.mark.parametrize("security", [Security.NONE, Security.TLS])
def test_idle_returns_when_it_is_woken(dovecot, user, security):
    mailbox = connect(dovecot.address(security), context=dovecot.trusting())
    mailbox.login(user, PASSWORD)
    mailbox.select("INBOX", readonly=True)
    reading, writing = os.pipe()

    threading.Timer(0.1, os.write, (writing, b"!")).start()

    assert mailbox.idle(20, wake_fd=reading) is IdleEvent.WOKEN
    assert mailbox.idle(20, wake_fd=reading) is IdleEvent.WOKEN
    assert os.read(reading, 10) == b"!"
    assert mailbox.idle(0.05, wake_fd=reading) is IdleEvent.TIMEOUT
    mailbox.close()
    os.close(reading)
    os.close(writing)


def test_idle_over_tls_hears_of_mail(dovecot, user):
    mailbox = connect(dovecot.address(Security.TLS), context=dovecot.trusting())
    mailbox.login(user, PASSWORD)
    mailbox.select("INBOX", readonly=True)
    threading.Thread(target=dovecot.append, args=(user, a_mail())).start()

    assert mailbox.idle(20) is IdleEvent.CHANGED
    mailbox.close()


def test_a_server_without_idle_does_not_offer_it(dovecots):
    server = dovecots(without=("IDLE", "CONDSTORE", "QRESYNC"))
    mailbox = connect(server.address())
    mailbox.login(server.new_user(), PASSWORD)

    assert not mailbox.capabilities & {"IDLE", "CONDSTORE", "QRESYNC"}
    mailbox.close()


def test_an_administrators_kick_is_a_lost_connection(dovecot, user, open_mailbox):
    mailbox = open_mailbox()
    dovecot.kick(user)

    with pytest.raises(ConnectionLostError):
        mailbox.idle(20)


# -- what must not happen


def test_another_machine_is_never_spoken_to_in_clear():
    with pytest.raises(ServerError, match="in clear"):
        connect(ServerAddress("mail.example.com", 143, Security.NONE))


def test_a_server_that_is_not_there_is_one_sentence():
    with pytest.raises(ServerError, match="nothing listens there"):
        connect(ServerAddress("127.0.0.1", 1, Security.NONE))


def test_a_closed_mailbox_stays_closed(open_mailbox):
    mailbox = open_mailbox()
    mailbox.close()
    mailbox.close()

    with pytest.raises(ConnectionLostError):
        mailbox.noop()


def test_mail_kept_another_way_is_the_same_mail(dovecots):
    server = dovecots(mail_format="sdbox")
    user = server.new_user()
    server.append(user, a_mail(1), a_mail(2))
    mailbox = connect(server.address())
    mailbox.login(user, PASSWORD)
    selected = mailbox.select("INBOX", readonly=True)

    assert [one.raw for one in mailbox.fetch_text(mailbox.uids(1, selected.uidnext))] == [
        b"hello\r\n",
        b"hello\r\n",
    ]
    mailbox.close()
