"""The practice mailbox over real IMAP and SMTP."""

import smtplib
import time
from datetime import UTC, datetime

import pytest
from imapclient import IMAPClient
from imapclient.exceptions import LoginError

from console.demo import mails, place
from console.demo.mailbox import FOLDERS
from tests.demo.practice_process import PATIENCE, a_reply_to, mails_in, next_exists, wait_until

PRACTICE = mails.practice_mails(datetime(2025, 3, 5, 9, 30, tzinfo=UTC))
IN_INBOX = sum(one.folder == "INBOX" for one in PRACTICE)
A_BUG = next(one.message_id for one in PRACTICE if one.kind == "bug")


def the_bug(inbox):
    return next(one for one in mails_in(inbox).values() if one["Message-ID"] == A_BUG)


def is_complete(inbox):
    inbox.noop()
    return len(inbox.search()) == IN_INBOX


def test_headers_and_text_are_the_mail_byte_for_byte(quiet):
    inbox = quiet.imap()
    wait_until(lambda: is_complete(inbox))

    asked = ["BODY.PEEK[HEADER]", "BODY.PEEK[TEXT]", "BODY.PEEK[]", "RFC822.SIZE"]
    fetched = inbox.fetch(inbox.search(), asked)

    assert len(fetched) == IN_INBOX
    for values in fetched.values():
        assert values[b"BODY[HEADER]"] + values[b"BODY[TEXT]"] == values[b"BODY[]"]
        assert values[b"RFC822.SIZE"] == len(values[b"BODY[]"])


def test_looking_marks_nothing_as_seen(quiet):
    inbox = quiet.imap()
    wait_until(lambda: is_complete(inbox))
    seen = inbox.search(["SEEN"])

    mails_in(inbox)

    assert inbox.search(["SEEN"]) == seen


def test_a_mail_is_found_by_its_message_id(quiet):
    inbox = quiet.imap()

    found = inbox.search(["HEADER", "Message-ID", A_BUG])

    assert [mails_in(inbox)[uid]["Message-ID"] for uid in found] == [A_BUG]


def test_uid_ranges_give_what_is_new(quiet):
    inbox = quiet.imap()
    wait_until(lambda: is_complete(inbox))
    uids = inbox.search()

    assert inbox.search(["UID", f"{uids[1]}:*"]) == uids[1:]
    assert inbox.search(["UID", f"{uids[-1] + 50}:*"]) == uids[-1:]


def test_folders_have_one_uidvalidity_for_ever(quiet):
    found = {
        quiet.imap(name).folder_status(name, ["UIDVALIDITY"])[b"UIDVALIDITY"]
        for name in ("INBOX", *FOLDERS)
    }

    assert found == {1_700_000_000}


def test_a_wrong_password_is_refused_by_both(quiet):
    with (
        smtplib.SMTP(place.HOST, quiet.ports["smtp"], timeout=PATIENCE) as smtp,
        pytest.raises(smtplib.SMTPAuthenticationError),
    ):
        smtp.login(place.USERNAME, "wrong")
    with (
        IMAPClient(place.HOST, port=quiet.ports["imap"], ssl=False, timeout=PATIENCE) as imap,
        pytest.raises(LoginError),
    ):
        imap.login(place.USERNAME, "wrong")


def test_a_mail_that_comes_in_ends_the_waiting_of_an_idle_client(practice):
    server = practice()
    inbox, other = server.imap(), server.imap()
    wait_until(lambda: is_complete(inbox))
    inbox.idle()
    began = time.monotonic()

    other.append("INBOX", b"Subject: hello\r\n\r\nhello\r\n")
    count = next_exists(inbox)

    assert count == IN_INBOX + 1
    assert time.monotonic() - began < 1


def test_a_mail_that_came_between_two_commands_is_heard_of_by_idling(practice):
    server = practice()
    inbox, other = server.imap(), server.imap()
    wait_until(lambda: is_complete(inbox))
    other.append("INBOX", b"Subject: hello\r\n\r\nhello\r\n")

    inbox.idle()
    count = next_exists(inbox)

    assert count == IN_INBOX + 1


def test_a_mail_of_headers_alone_loses_nothing(practice):
    inbox = practice().imap("Archive")
    inbox.append("Archive", b"Subject: nothing else\r\n")
    inbox.noop()

    fetched = inbox.fetch(inbox.search(), ["BODY.PEEK[]"])

    assert [one[b"BODY[]"] for one in fetched.values()] == [b"Subject: nothing else\r\n\r\n"]


def test_a_long_list_of_uids_is_one_command(quiet):
    inbox = quiet.imap()

    # Every second one, so that no server or client can write it as a range: 100 KB.
    found = inbox.search(["UID", ",".join(str(uid) for uid in range(1, 40_000, 2))])

    assert found[0] == 1


def test_the_mailbox_comes_back_with_the_same_uids_and_flags(practice):
    server = practice()
    inbox = server.imap()
    wait_until(lambda: is_complete(inbox))
    uids = inbox.search()
    inbox.add_flags(uids[:1], [b"\\Answered"])
    inbox.move(uids[1:2], "Archive")
    inbox.append("Sent", b"Subject: ours\r\n\r\nours\r\n", flags=[b"\\Seen"])
    inbox.create_folder("Rotadesk")
    before = {uid: one["Message-ID"] for uid, one in mails_in(inbox).items()}
    next_uid = inbox.folder_status("INBOX", ["UIDNEXT"])
    sent = len(server.imap("Sent").search())
    server.stop()

    server = practice()
    inbox = server.imap()

    assert {uid: one["Message-ID"] for uid, one in mails_in(inbox).items()} == before
    assert inbox.folder_status("INBOX", ["UIDNEXT"]) == next_uid
    assert b"\\Answered" in inbox.get_flags(uids[:1])[uids[0]]
    assert len(server.imap("Archive").search()) == 1
    assert len(server.imap("Sent").search()) == sent
    assert inbox.folder_exists("Rotadesk")


def test_a_line_torn_by_a_power_cut_is_forgotten(practice, tmp_path):
    server = practice()
    wait_until(lambda: is_complete(server.imap()))
    server.stop()
    diary = tmp_path / "mailbox" / "mailbox.jsonl"
    diary.write_bytes(diary.read_bytes() + b'{"kind":"added","folder":"INBOX","ui')

    inbox = practice().imap()
    inbox.append("INBOX", b"Subject: after\r\n\r\nafter\r\n")

    assert inbox.folder_status("INBOX", ["MESSAGES"]) == {b"MESSAGES": IN_INBOX + 1}
    assert b'"ui{' not in diary.read_bytes()


def test_a_customer_answers_and_the_answer_is_on_the_conversation(practice):
    server = practice()
    inbox = server.imap()
    reply = a_reply_to(the_bug(inbox))

    server.smtp().send_message(reply)
    answer = wait_until(lambda: inbox.noop() and answers_to(inbox, reply))[0]

    assert answer["From"] == reply["To"]
    assert answer["References"].split() == [A_BUG, reply["Message-ID"]]
    assert "Please update to 4.2.1" in answer.get_body(("plain",)).get_content()


def test_an_answer_that_was_still_to_come_comes_after_the_next_start(practice):
    server = practice("--answer-after", "3600", "--hurry", "0")
    reply = a_reply_to(the_bug(server.imap()))
    server.smtp().send_message(reply)
    server.stop()

    inbox = practice().imap()

    assert wait_until(lambda: inbox.noop() and answers_to(inbox, reply))


def test_a_dead_address_is_refused(quiet):
    smtp = quiet.smtp()

    with pytest.raises(smtplib.SMTPRecipientsRefused):
        smtp.sendmail(place.ADDRESS, ["nobody@gone.invalid"], b"Subject: x\r\n\r\nx\r\n")


def test_the_server_ends_with_its_standard_input(practice):
    assert practice().stop() == 0


def answers_to(inbox, reply):
    return [one for one in mails_in(inbox).values() if one["In-Reply-To"] == reply["Message-ID"]]
