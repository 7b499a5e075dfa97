"""Conversations with the servers of large providers, in their own words.

The answers are those that people have posted of the real servers, addresses and tags aside.
"""

import base64
import re

import pytest

from storage.errors import ConnectionLostError, LoginRefusedError, NotNowError, ServerError
from storage.mail import login
from storage.mail.folders import find_role
from storage.mail.imap import connect
from storage.mail.transport import Timeouts
from storage.records.account import Account, Oauth
from storage.records.words import FolderRole
from tests.imap.scripted import scripted

QUICK = Timeouts(connect=5, read=5)
USER = "support@acme.example"
TOKEN = "ya29.a0AfH6SMC-token"

GMAIL_OFFERS = (
    b"IMAP4rev1 UNSELECT IDLE NAMESPACE QUOTA ID XLIST CHILDREN X-GM-EXT-1 XYZZY SASL-IR"
    b" AUTH=XOAUTH2 AUTH=PLAIN AUTH=PLAIN-CLIENTTOKEN AUTH=OAUTHBEARER"
)
GMAIL_AFTER_LOGIN = (
    b"IMAP4rev1 UNSELECT IDLE NAMESPACE QUOTA ID XLIST CHILDREN X-GM-EXT-1 UIDPLUS"
    b" COMPRESS=DEFLATE ENABLE MOVE CONDSTORE ESEARCH UTF8=ACCEPT APPENDLIMIT=35882577"
    b" LIST-EXTENDED LIST-STATUS LITERAL- SPECIAL-USE"
)
GMAIL_FOLDERS = (
    rb'* LIST (\HasNoChildren) "/" "INBOX"',
    rb'* LIST (\HasChildren \Noselect) "/" "[Gmail]"',
    rb'* LIST (\All \HasNoChildren) "/" "[Gmail]/All Mail"',
    rb'* LIST (\Drafts \HasNoChildren) "/" "[Gmail]/Drafts"',
    rb'* LIST (\HasNoChildren \Important) "/" "[Gmail]/Important"',
    rb'* LIST (\HasNoChildren \Sent) "/" "[Gmail]/Sent Mail"',
    rb'* LIST (\HasNoChildren \Junk) "/" "[Gmail]/Spam"',
    rb'* LIST (\Flagged \HasNoChildren) "/" "[Gmail]/Starred"',
    rb'* LIST (\HasNoChildren \Trash) "/" "[Gmail]/Trash"',
)
MICROSOFT_OFFERS = (
    b"IMAP4 IMAP4rev1 AUTH=PLAIN AUTH=XOAUTH2 SASL-IR UIDPLUS ID UNSELECT CHILDREN IDLE"
    b" NAMESPACE LITERAL+"
)
MICROSOFT_AFTER_LOGIN = (
    b"IMAP4 IMAP4rev1 AUTH=PLAIN AUTH=XOAUTH2 SASL-IR UIDPLUS MOVE ID UNSELECT"
    b" CLIENTACCESSRULES CLIENTNETWORKPRESENCELOCATION BACKENDAUTHENTICATE CHILDREN IDLE"
    b" NAMESPACE LITERAL+"
)


def greeted(peer, greeting, *, before, after, name, words=(b"OK done", b"OK done", b"OK done")):
    """Speak until the client is logged in; `words` end CAPABILITY, login and ID."""
    peer.send(greeting)
    peer.expect(b"CAPABILITY", b"* CAPABILITY " + before, words=words[0])
    peer.expect(b"AUTHENTICATE|LOGIN", words=words[1])
    peer.expect(b"CAPABILITY", b"* CAPABILITY " + after, words=words[0])
    if b" ID" in after:
        peer.expect(rb"^\S+ ID ", *([b"* ID " + name] if name else []), words=words[2])


def gmail(peer):
    greeted(
        peer,
        b"* OK Gimap ready for requests from 203.0.113.9 c74mb246678438itb",
        before=GMAIL_OFFERS,
        after=GMAIL_AFTER_LOGIN,
        name=b'("name" "GImap" "vendor" "Google, Inc." "support-url"'
        b' "https://support.google.com/mail" "version" "gmail.imap-server_20240815.06_p1"'
        b' "remote-host" "203.0.113.9")',
        words=(
            b"OK Thats all she wrote! c74mb246678438itb",
            b"OK support@acme.example authenticated (Success)",
            b"OK Success c74mb246678438itb",
        ),
    )


def microsoft(peer, *, name=b'("name" "Microsoft.Exchange.Imap4.Imap4Server" "version" "15.20")'):
    greeted(
        peer,
        b"* OK The Microsoft Exchange IMAP4 service is ready."
        b" [RgBSADAAUAAyADgAMQBDAEEAMAAwADQAMQAuAEQARQBVAFAAMgA4ADEALgBQAFIATwBEAC4A]",
        before=MICROSOFT_OFFERS,
        after=MICROSOFT_AFTER_LOGIN,
        name=name,
        words=(b"OK CAPABILITY completed.", b"OK AUTHENTICATE completed.", b"OK ID completed"),
    )


def logged_in(server, **told):
    box = connect(server.address(), timeouts=QUICK)
    box.login(USER, TOKEN, oauth=Oauth.AUTO, **told)
    return box


def test_41_gmail_is_known_after_login_and_told_nothing_but_our_name_and_version():
    with scripted(gmail) as server:
        box = logged_in(server)

    assert box.profile.id == "gmail"
    assert re.fullmatch(rb'\w+ ID \("name" "rotadesk" "version" "[\w.+]+"\)', server.heard[3])


def test_41_gmails_folders_are_found_by_their_flags_and_all_mail_is_where_an_archived_mail_stays():
    def script(peer):
        gmail(peer)
        peer.expect(b"LIST", *GMAIL_FOLDERS, words=b"OK Success")

    with scripted(script) as server:
        box = logged_in(server)
        folders = box.folders()

    assert find_role(folders, FolderRole.SENT) == "[Gmail]/Sent Mail"
    assert find_role(folders, FolderRole.JUNK) == "[Gmail]/Spam"
    assert find_role(folders, FolderRole.ARCHIVE) == "[Gmail]/All Mail"


def test_35_gmails_folders_in_another_language_are_found_all_the_same():
    def script(peer):
        gmail(peer)
        peer.expect(
            b"LIST",
            rb'* LIST (\HasNoChildren) "/" "INBOX"',
            rb'* LIST (\HasChildren \Noselect) "/" "[Google Mail]"',
            rb'* LIST (\All \HasNoChildren) "/" "[Google Mail]/Alle Nachrichten"',
            rb'* LIST (\HasNoChildren \Sent) "/" "[Google Mail]/Gesendet"',
            words=b"OK Success",
        )

    with scripted(script) as server:
        folders = logged_in(server).folders()

    assert find_role(folders, FolderRole.SENT) == "[Google Mail]/Gesendet"


def test_a_gmail_inbox_as_gmail_opens_it():
    def script(peer):
        gmail(peer)
        peer.expect(
            b"SELECT|EXAMINE",
            rb"* FLAGS (\Answered \Flagged \Draft \Deleted \Seen $NotPhishing $Phishing)",
            rb"* OK [PERMANENTFLAGS (\Answered \Flagged \Draft \Deleted \Seen $NotPhishing \*)]"
            b" Flags permitted.",
            b"* OK [UIDVALIDITY 633655512] UIDs valid.",
            b"* 8675 EXISTS",
            b"* 0 RECENT",
            b"* OK [UIDNEXT 21306] Predicted next UID.",
            b"* OK [HIGHESTMODSEQ 1230549]",
            words=b"OK [READ-WRITE] INBOX selected. (Success)",
        )

    with scripted(script) as server:
        said = logged_in(server).select("INBOX", readonly=False)

    assert (said.uidvalidity, said.uidnext, said.exists) == (633655512, 21306, 8675)
    assert said.highestmodseq == 1230549


def test_10_microsofts_counts_are_compared_for_its_change_numbers_are_not_believed():
    def script(peer):
        greeted(
            peer,
            b"* OK The Microsoft Exchange IMAP4 service is ready. [RgBSADAA]",
            before=MICROSOFT_OFFERS,
            after=MICROSOFT_AFTER_LOGIN + b" CONDSTORE QRESYNC",
            name=b"NIL",
        )

    with scripted(script) as server:
        box = logged_in(server, profile="microsoft365")

    assert not {"CONDSTORE", "QRESYNC"} & box.capabilities
    assert {"MOVE", "IDLE"} <= box.capabilities


def test_13_icloud_is_never_asked_what_has_vanished():
    def script(peer):
        greeted(
            peer,
            b"* OK [CAPABILITY st21p00im-xxxxxx IMAP4 IMAP4rev1 SASL-IR AUTH=ATOKEN AUTH=PLAIN] ready",
            before=b"IMAP4 IMAP4rev1 SASL-IR AUTH=XOAUTH2 XAPPLEPUSHSERVICE",
            after=b"IMAP4 IMAP4rev1 CONDSTORE ENABLE QRESYNC QUOTA UIDPLUS XAPPLEPUSHSERVICE",
            name=b"",
        )

    with scripted(script) as server:
        box = logged_in(server, profile="icloud")

    assert "QRESYNC" not in box.capabilities
    assert "CONDSTORE" in box.capabilities


@pytest.mark.parametrize(
    ("name", "known"),
    [
        (b'("name" "Dovecot")', "dovecot"),
        (b'("NAME" "Dovecot" "version" NIL)', "dovecot"),
        (b'("name" "Cyrus IMAPD" "version" "3.8")', "cyrus"),
        (b'("vendor" "x" "name" "a\\"b")', "plain"),
        (b"NIL", "plain"),
        (b"(\x1b[2J)", "plain"),
        (b"", "plain"),
    ],
)
def test_a_server_of_ones_own_is_known_by_the_name_it_gives(name, known):
    def script(peer):
        greeted(
            peer,
            b"* OK [CAPABILITY IMAP4rev1 SASL-IR LOGIN-REFERRALS ID ENABLE IDLE LITERAL+"
            b" AUTH=XOAUTH2] Dovecot (Debian) ready.",
            before=b"IMAP4rev1 SASL-IR ID AUTH=XOAUTH2",
            after=b"IMAP4rev1 ID ENABLE IDLE CONDSTORE QRESYNC SPECIAL-USE MOVE",
            name=name,
        )
        peer.expect(b"ENABLE QRESYNC", b"* ENABLED QRESYNC")

    with scripted(script) as server:
        assert logged_in(server).profile.id == known


def test_a_server_that_will_not_introduce_itself_is_used_all_the_same():
    def script(peer):
        peer.send(b"* OK ready")
        peer.expect(b"CAPABILITY", b"* CAPABILITY IMAP4rev1 AUTH=XOAUTH2")
        tag = peer.line().split()[0]
        peer.send(b"+ ")
        peer.line()
        peer.send(tag + b" OK in")
        peer.expect(b"CAPABILITY", b"* CAPABILITY IMAP4rev1 ID IDLE")
        peer.expect(rb"^\S+ ID ", words=b"BAD Command Argument Error. 11")
        peer.expect(b"NOOP")

    with scripted(script) as server:
        box = logged_in(server)

        assert box.profile.id == "plain"
        assert not box.noop()


@pytest.mark.parametrize("word", [b"NO", b"BAD"])
def test_29_microsofts_throttling_is_not_now_and_says_for_how_long(word):
    def script(peer):
        microsoft(peer)
        peer.select()
        peer.expect(
            b"FETCH",
            words=word + b" Request is throttled. Suggested Backoff Time: 89117 milliseconds",
        )
        peer.send(b"* BYE Connection closed. 14")
        peer.close()

    with scripted(script) as server:
        box = logged_in(server, profile="microsoft365")
        box.select("INBOX", readonly=True)
        with pytest.raises(NotNowError) as later:
            list(box.fetch_headers([1]))
        with pytest.raises(ConnectionLostError):
            box.noop()

    assert later.value.wait_seconds == pytest.approx(89.117)


def test_31_microsoft_lets_in_who_has_no_mailbox_and_says_so_only_afterwards():
    def script(peer):
        microsoft(peer)
        peer.expect(b"LIST", words=b"BAD User is authenticated but not connected.")
        peer.send(b"* BYE Connection closed. 14")

    with scripted(script) as server, pytest.raises(ServerError, match="not connected"):
        logged_in(server, profile="microsoft365").folders()


def test_31_gmails_web_login_is_a_question_for_a_person():
    challenge = base64.b64encode(
        b'{"status":"400","schemes":"Bearer","scope":"https://mail.google.com/"}'
    )

    def script(peer):
        peer.send(b"* OK Gimap ready for requests from 203.0.113.9 c74mb246678438itb")
        peer.expect(b"CAPABILITY", b"* CAPABILITY " + GMAIL_OFFERS)
        tag = peer.line().split()[0]
        peer.send(b"+ " + challenge)
        peer.line()
        peer.send(
            b"* NO [WEBALERT https://accounts.google.com/signin/continue?sarp=1] Web login required.",
            tag + b" NO [ALERT] Please log in via your web browser:"
            b" https://support.google.com/mail/accounts/answer/78754 (Failure)",
        )

    with scripted(script) as server, pytest.raises(ServerError, match="via your web browser"):
        logged_in(server)


def test_41_gmails_own_id_of_a_mail_is_read_with_its_headers():
    head = b"From: a@example.com\r\nSubject: Hi\r\n\r\n"

    def script(peer):
        gmail(peer)
        peer.select(exists=2)
        peer.expect(
            b"FETCH",
            b"* 1 FETCH (X-GM-MSGID 1278455344230334865 UID 1 RFC822.SIZE 4423 INTERNALDATE"
            rb' "12-Nov-2025 10:00:00 +0000" FLAGS (\Seen $NotPhishing) BODY[HEADER] {%d}'
            % len(head)
            + b"\r\n"
            + head
            + b")",
            b"* 2 FETCH (UID 2 RFC822.SIZE 4423 INTERNALDATE"
            rb' "12-Nov-2025 10:00:00 +0000" FLAGS () BODY[HEADER] {%d}'
            % len(head)
            + b"\r\n"
            + head
            + b")",
            words=b"OK Success",
        )

    with scripted(script) as server:
        box = logged_in(server)
        box.select("INBOX", readonly=True)
        found = list(box.fetch_headers([1, 2]))

    assert [one.server_id for one in found] == ["1278455344230334865", ""]
    assert b" X-GM-MSGID " in server.heard[-1]


def test_41_no_other_server_is_asked_for_gmails_id():
    def script(peer):
        microsoft(peer)
        peer.select()
        peer.expect(b"FETCH")

    with scripted(script) as server:
        box = logged_in(server, profile="microsoft365")
        box.select("INBOX", readonly=True)
        list(box.fetch_headers([1]))

    assert not any(b"X-GM" in line for line in server.heard)


@pytest.mark.parametrize(
    ("profile", "advice"), [("gmail", "app password"), ("microsoft365", "access tokens")]
)
def test_31_a_password_that_a_provider_takes_from_nobody_is_told_as_that(profile, advice):
    def script(peer):
        peer.send(b"* OK ready")
        peer.expect(b"CAPABILITY", b"* CAPABILITY IMAP4rev1 AUTH=PLAIN")
        tag = peer.line().split()[0]
        peer.send(b"+ ")
        peer.line()
        peer.send(tag + b" NO AUTHENTICATE failed.")

    with scripted(script) as server:
        account = Account(
            address=USER,
            username=USER,
            imap=server.address(),
            smtp=server.address(),
            my_name="Ana",
            profile=profile,
        )
        with pytest.raises(LoginRefusedError, match=advice):
            login.mailbox(account, lambda: "hunter2", timeouts=QUICK)
