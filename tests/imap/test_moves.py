"""Taking mails from folder to folder, against a real Dovecot."""

from datetime import UTC, datetime

import pytest

from storage.errors import ServerError
from storage.mail.imap import connect
from tests.imap.dovecot import PASSWORD
from tests.imap.engine_ground import a_mail
from tests.imap.scripted import scripted

AT = datetime(2026, 3, 2, tzinfo=UTC)


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


def test_a_move_says_the_new_numbers(dovecot, user, open_mailbox):
    dovecot.append(user, a_mail(0), folder="Archive")
    dovecot.append(user, *(a_mail(n) for n in range(1, 6)))

    moved = open_mailbox().move([2, 4, 5], "Archive")

    assert moved == {2: 2, 4: 3, 5: 4}
    assert dovecot.uids(user) == [1, 3]
    assert dovecot.uids(user, "Archive") == [1, 2, 3, 4]


def test_a_move_of_what_is_gone_moves_the_rest(dovecot, user, open_mailbox):
    dovecot.append(user, *(a_mail(n) for n in range(3)))
    mailbox = open_mailbox()
    dovecot.expunge(user, [2])
    mailbox.noop()

    assert mailbox.move([2, 3], "Archive") == {3: 1}
    assert dovecot.uids(user) == [1]


def test_a_copy_leaves_the_mail_where_it_is(dovecot, user, open_mailbox):
    dovecot.append(user, *(a_mail(n) for n in range(3)))

    copied = open_mailbox().copy([1, 3], "Archive")

    assert copied == {1: 1, 3: 2}
    assert dovecot.uids(user) == [1, 2, 3]


def test_more_than_fit_one_command_are_all_moved(dovecot, user, open_mailbox):
    uids = dovecot.append(user, *(a_mail(n) for n in range(1_100)))

    moved = open_mailbox().move(uids, "Archive")

    assert sorted(moved) == uids
    assert sorted(moved.values()) == dovecot.uids(user, "Archive")


def test_a_folder_that_is_not_there_takes_nothing(dovecot, user, open_mailbox):
    dovecot.append(user, a_mail(1))
    mailbox = open_mailbox()

    with pytest.raises(ServerError, match="says no"):
        mailbox.move([1], "Nowhere")

    assert dovecot.uids(user) == [1]
    assert mailbox.uids(1, 9) == [1]


def test_an_expunge_takes_only_what_is_named_and_marked(dovecot, user, open_mailbox):
    dovecot.append(user, *(a_mail(n) for n in range(4)))
    dovecot.add_flags(user, [1, 2], "\\Deleted")

    open_mailbox().expunge([2, 3])

    assert dovecot.uids(user) == [1, 3, 4]


def test_a_server_without_the_safe_way_is_not_asked_for_another():
    def script(peer):
        peer.greet()
        peer.select(exists=3)
        peer.line()

    with scripted(script) as server:
        mailbox = connect(server.address())
        mailbox.login("ana", "secret")
        mailbox.select("INBOX", readonly=False)
        for attempt in (lambda: mailbox.expunge([1]), lambda: mailbox.move([1], "Archive")):
            with pytest.raises(ServerError, match="does not offer"):
                attempt()
        mailbox.close()

    assert not any(b"EXPUNGE" in line or b"MOVE" in line for line in server.heard)


@pytest.mark.parametrize(
    ("lines", "words", "told"),
    [
        ([b"* OK [COPYUID 9 1:2 7:8] moved", b"* 1 EXPUNGE"], b"OK done", {1: 7, 2: 8}),
        ([b"* VANISHED 1:2"], b"OK [COPYUID 9 2,1 7:8] done", {2: 7, 1: 8}),
        ([], b"OK done", None),
        ([], b"OK [COPYUID 9 1:2 7] done", {}),
        ([], b"OK [COPYUID 9 1:4000000000 1:4000000000] done", {}),
        ([b"* OK [COPYUID 9 3 9] moved"], b"OK done", {}),
    ],
)
def test_the_new_numbers_are_heard_wherever_they_stand(lines, words, told):
    def script(peer):
        peer.greet(b"MOVE")
        peer.select(exists=3)
        peer.expect(b"UID MOVE 1:2 .Archive.", *lines, words=words)
        peer.line()

    with scripted(script) as server:
        mailbox = connect(server.address())
        mailbox.login("ana", "secret")
        mailbox.select("INBOX", readonly=False)

        assert mailbox.move([1, 2], "Archive") == told
        mailbox.close()


@pytest.mark.parametrize(("offset", "size"), [(0, 10), (5, 100), (4_990, 100), (9_000, 10), (0, 1)])
def test_a_piece_is_those_bytes_of_the_text(dovecot, user, open_mailbox, offset, size):
    text = bytes(range(32, 127)) * 60
    dovecot.append(user, b"Subject: large\r\n\r\n" + text[:5_000])

    assert open_mailbox().fetch_piece(1, offset=offset, size=size) == text[:5_000][offset:][:size]


def test_a_piece_of_what_is_gone_is_a_sentence(open_mailbox):
    with pytest.raises(ServerError, match="gone"):
        open_mailbox().fetch_piece(7, offset=0, size=10)
