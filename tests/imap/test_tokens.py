"""Logging in with an access token: as Google, Microsoft and Dovecot answer it."""

import base64
import json
import logging

import pytest

from storage.errors import LoginRefusedError, ServerError, TokenRefusedError
from storage.mail import login, smtp
from storage.mail.imap import connect
from storage.mail.transport import Timeouts
from storage.records.account import Account, Oauth
from tests.imap.scripted import scripted

QUICK = Timeouts(connect=5, read=5, accept=5)
USER = "support@acme.example"
TOKEN = "ya29.a0AfH6SMC-token"
LONG_TOKEN = "eyJ0eXAiOiJKV1QiLCJub25jZSI6" + "x" * 9_000
XOAUTH2 = base64.b64encode(f"user={USER}\x01auth=Bearer {TOKEN}\x01\x01".encode())
GOOGLE_400 = b"eyJzdGF0dXMiOiI0MDAiLCJzY2hlbWVzIjoiQmVhcmVyIiwic2NvcGUiOiJodHRwczovL21haWwuZ29vZ2xlLmNvbS8ifQ=="
GMAIL = (
    b"* CAPABILITY IMAP4rev1 UNSELECT IDLE NAMESPACE QUOTA ID XLIST CHILDREN X-GM-EXT-1 XYZZY"
    b" SASL-IR AUTH=XOAUTH2 AUTH=PLAIN AUTH=PLAIN-CLIENTTOKEN AUTH=OAUTHBEARER"
)
MICROSOFT = (
    b"* CAPABILITY IMAP4 IMAP4rev1 AUTH=PLAIN AUTH=XOAUTH2 SASL-IR UIDPLUS ID UNSELECT CHILDREN"
    b" IDLE NAMESPACE LITERAL+"
)


def account(*, imap=None, smtp=None, oauth=Oauth.AUTO):
    nowhere = imap or smtp
    return Account(
        address=USER,
        username=USER,
        imap=imap or nowhere,
        smtp=smtp or nowhere,
        my_name="Ana",
        oauth=oauth,
    )


class Tokens:
    """A command that prints another token each time."""

    def __init__(self, *tokens):
        self.left = list(tokens)
        self.asked = 0

    def __call__(self):
        self.asked += 1
        return self.left.pop(0) if len(self.left) > 1 else self.left[0]


def gmail(*, takes=None, refusal=GOOGLE_400):
    """Return a script: Gmail, which takes the token `takes` and no other."""
    right = f"user={USER}\x01auth=Bearer {takes}\x01\x01"

    def script(peer):
        peer.send(b"* OK Gimap ready for requests from 203.0.113.9 c74mb246678438itb")
        peer.expect(b"CAPABILITY", GMAIL, words=b"OK Thats all she wrote! c74mb246678438itb")
        line = peer.line()
        if not line:
            return
        tag, *command = line.split(b" ")
        assert command[:2] == [b"AUTHENTICATE", b"XOAUTH2"]
        if base64.b64decode(command[2]).decode() == right:
            peer.send(tag + b" OK support@acme.example authenticated (Success)")
            peer.expect(b"CAPABILITY", GMAIL.replace(b" AUTH=XOAUTH2", b" MOVE CONDSTORE"))
            peer.expect(b"ID", b'* ID ("name" "GImap" "vendor" "Google, Inc.")')
            while peer.line():
                peer.answer(b"* BYE")
            return
        peer.send(b"+ " + refusal)
        peer.line()
        peer.send(tag + b" NO [AUTHENTICATIONFAILED] Invalid credentials (Failure)")

    return script


def test_31_a_token_goes_along_with_the_command_where_the_server_takes_that():
    with scripted(gmail(takes=TOKEN)) as server:
        box = login.mailbox(account(imap=server.address()), lambda: TOKEN, timeouts=QUICK)
        box.close()

    assert server.heard[1].split(b" ", 1)[1] == b"AUTHENTICATE XOAUTH2 " + XOAUTH2
    assert "MOVE" in box.capabilities


def test_31_an_expired_token_is_fetched_anew_and_tried_once_more():
    tokens = Tokens("expired", TOKEN)

    with scripted(gmail(takes=TOKEN)) as server:
        box = login.mailbox(account(imap=server.address()), tokens, timeouts=QUICK)
        box.close()

    assert tokens.asked == 2
    assert sum(b"AUTHENTICATE" in line for line in server.heard) == 2


def test_31_a_token_refused_twice_is_a_question_for_a_person_and_the_servers_reason_is_told():
    tokens = Tokens("expired", "revoked", "never")

    with scripted(gmail()) as server, pytest.raises(LoginRefusedError) as refused:
        login.mailbox(account(imap=server.address()), tokens, timeouts=QUICK)

    assert tokens.asked == 2
    assert sum(b"AUTHENTICATE" in line for line in server.heard) == 2
    assert "Invalid credentials (Failure)" in str(refused.value)
    assert "status 400, schemes Bearer, scope https://mail.google.com/" in str(refused.value)


def test_31_a_challenge_after_the_token_is_answered_with_an_empty_line():
    with scripted(gmail()) as server, pytest.raises(TokenRefusedError):
        connect(server.address(), timeouts=QUICK).login(USER, TOKEN, oauth=Oauth.AUTO)

    assert server.heard[2] == b""


def test_31_without_initial_response_the_token_follows_when_it_is_asked_for():
    def script(peer):
        peer.send(b"* OK ready")
        peer.expect(b"CAPABILITY", b"* CAPABILITY IMAP4rev1 AUTH=XOAUTH2")
        tag = peer.line().split()[0]
        peer.send(b"+ ")
        peer.line()
        peer.send(tag + b" OK in")
        peer.expect(b"CAPABILITY", b"* CAPABILITY IMAP4rev1")

    with scripted(script) as server:
        connect(server.address(), timeouts=QUICK).login(USER, TOKEN, oauth=Oauth.AUTO)

    assert server.heard[1].endswith(b" AUTHENTICATE XOAUTH2")
    assert server.heard[2] == XOAUTH2


def test_31_a_token_too_long_for_a_line_follows_when_it_is_asked_for():
    def script(peer):
        peer.send(b"* OK The Microsoft Exchange IMAP4 service is ready. [RgBSADAA]")
        peer.expect(b"CAPABILITY", MICROSOFT)
        line = peer.line()
        assert line.endswith(b" AUTHENTICATE XOAUTH2")
        peer.send(b"+ ")
        assert len(peer.line()) > 9_000
        peer.send(line.split()[0] + b" OK AUTHENTICATE completed.")
        peer.expect(b"CAPABILITY", MICROSOFT)
        peer.expect(
            b"ID", b'* ID ("name" "Microsoft.Exchange.Imap4.Imap4Server" "version" "15.20")'
        )

    with scripted(script) as server:
        connect(server.address(), timeouts=QUICK).login(USER, LONG_TOKEN, oauth=Oauth.XOAUTH2)


def test_31_oauthbearer_names_the_server_and_ends_a_refusal_with_one_byte():
    refusal = {"status": "invalid_token", "scope": "mail", "openid-configuration": "https://x"}

    def script(peer):
        peer.send(b"* OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=OAUTHBEARER] Dovecot ready.")
        peer.expect(b"CAPABILITY", b"* CAPABILITY IMAP4rev1 SASL-IR AUTH=OAUTHBEARER")
        tag = peer.line().split()[0]
        peer.send(b"+ " + base64.b64encode(json.dumps(refusal).encode()))
        peer.line()
        peer.send(tag + b" NO [AUTHENTICATIONFAILED] Authentication failed.")

    with scripted(script) as server, pytest.raises(TokenRefusedError, match="invalid_token"):
        connect(server.address(), timeouts=QUICK).login("a=b,c@x.example", TOKEN, oauth=Oauth.AUTO)

    said = base64.b64decode(server.heard[1].split()[-1])
    where = f"\x01host=127.0.0.1\x01port={server.port}\x01".encode()
    assert said == b"n,a=a=3Db=2Cc@x.example," + where + f"auth=Bearer {TOKEN}\x01\x01".encode()
    assert server.heard[2] == b"AQ=="


def test_31_a_server_that_asks_without_end_hears_that_we_give_up():
    def script(peer):
        peer.send(b"* OK ready")
        peer.expect(b"CAPABILITY", GMAIL)
        tag = peer.line().split()[0]
        while peer.heard[-1] != b"*":
            peer.send(b"+ " + GOOGLE_400)
            peer.line()
        peer.send(tag + b" BAD cancelled")

    with scripted(script) as server, pytest.raises(TokenRefusedError):
        connect(server.address(), timeouts=QUICK).login(USER, TOKEN, oauth=Oauth.AUTO)

    assert server.heard[2:] == [b"", b"*"]


def test_31_microsoft_refuses_without_a_reason_and_that_is_said():
    def script(peer):
        peer.send(b"* OK The Microsoft Exchange IMAP4 service is ready. [RgBSADAA]")
        peer.expect(b"CAPABILITY", MICROSOFT)
        peer.expect(b"AUTHENTICATE XOAUTH2", words=b"NO AUTHENTICATE failed.")

    with scripted(script) as server, pytest.raises(LoginRefusedError, match="AUTHENTICATE failed"):
        login.mailbox(account(imap=server.address()), lambda: TOKEN, timeouts=QUICK)


@pytest.mark.parametrize(
    "echo", [TOKEN.encode(), XOAUTH2, base64.b64encode(TOKEN.encode())], ids=["bare", "line", "b64"]
)
def test_31_a_token_that_a_server_repeats_is_in_no_error_and_no_log(echo, caplog):
    caplog.set_level(logging.DEBUG)
    reason = base64.b64encode(json.dumps({"status": echo.decode() + "\x1b[2J"}).encode())

    def script(peer):
        peer.send(b"* OK ready")
        peer.expect(b"CAPABILITY", GMAIL)
        tag = peer.line().split()[0]
        peer.send(b"+ " + reason)
        peer.line()
        peer.send(tag + b" NO I do not know " + echo)

    with scripted(script) as server, pytest.raises(LoginRefusedError) as refused:
        connect(server.address(), timeouts=QUICK).login(USER, TOKEN, oauth=Oauth.AUTO)

    told = f"{refused.value} {refused.value!r} {caplog.text}"
    assert echo.decode() not in told
    assert TOKEN not in told
    assert str(refused.value).isprintable()


@pytest.mark.parametrize("challenge", [b"", b"bm90IGpzb24=", b"W10=", b"!!!", b"e30=", b"A"])
def test_31_a_reason_that_is_none_changes_nothing(challenge):
    with scripted(gmail(refusal=challenge)) as server, pytest.raises(TokenRefusedError):
        connect(server.address(), timeouts=QUICK).login(USER, TOKEN, oauth=Oauth.AUTO)


@pytest.mark.parametrize("bad", ["", "a b", "a\x01b", "tok\nen", "tökén", '{\n "accessToken": "x"'])
def test_31_what_is_no_token_never_reaches_the_wire(bad):
    with scripted(gmail()) as server, pytest.raises(LoginRefusedError, match="is none") as refused:
        connect(server.address(), timeouts=QUICK).login(USER, bad, oauth=Oauth.AUTO)

    assert not any(b"AUTH" in line for line in server.heard)
    assert not bad or bad not in str(refused.value)


def test_31_a_server_that_takes_no_tokens_is_asked_for_none():
    tokens = Tokens(TOKEN)

    def script(peer):
        peer.send(b"* OK ready")
        peer.expect(b"CAPABILITY", b"* CAPABILITY IMAP4rev1 AUTH=PLAIN SASL-IR")
        peer.line()

    with scripted(script) as server, pytest.raises(LoginRefusedError, match="access token"):
        login.mailbox(account(imap=server.address()), tokens, timeouts=QUICK)

    assert tokens.asked == 1
    assert not any(b"AUTH" in line for line in server.heard)


@pytest.mark.parametrize(
    "words",
    [
        b"NO [ALERT] Too many simultaneous connections. (Failure)",
        b"NO [UNAVAILABLE] Temporary authentication failure",
        b"NO [ALERT] Account exceeded command or bandwidth limits. (Failure)",
        b"NO System Error (Failure)",
    ],
)
def test_31_a_server_that_will_not_now_is_no_refusal_of_the_token(words):
    tokens = Tokens(TOKEN)

    def script(peer):
        peer.send(b"* OK ready")
        peer.expect(b"CAPABILITY", GMAIL)
        peer.expect(b"AUTHENTICATE", words=words)

    with scripted(script) as server, pytest.raises(ServerError) as later:
        login.mailbox(account(imap=server.address()), tokens, timeouts=QUICK)

    assert not isinstance(later.value, LoginRefusedError)
    assert tokens.asked == 1


def test_31_a_wrong_password_is_tried_once():
    asked = Tokens("hunter2")

    def script(peer):
        peer.send(b"* OK ready")
        peer.expect(b"CAPABILITY", b"* CAPABILITY IMAP4rev1")
        peer.expect(b"LOGIN", words=b"NO [AUTHENTICATIONFAILED] Authentication failed.")

    with scripted(script) as server, pytest.raises(LoginRefusedError):
        login.mailbox(account(imap=server.address(), oauth=Oauth.NO), asked, timeouts=QUICK)

    assert asked.asked == 1
    assert sum(b"LOGIN" in line for line in server.heard) == 1


def test_31_no_token_is_asked_for_while_the_server_cannot_be_reached():
    tokens = Tokens(TOKEN)
    with scripted(gmail()) as server:
        gone = server.address()

    with pytest.raises(ServerError):
        login.mailbox(account(imap=gone), tokens, timeouts=QUICK)

    assert tokens.asked == 0


# -- sending


def post(*steps, offers=b"LOGIN PLAIN XOAUTH2 PLAIN-CLIENTTOKEN OAUTHBEARER XOAUTH"):
    """Return a script: greets, then answers AUTH and what follows it, one step a line."""

    def script(peer):
        peer.send(b"220 smtp.gmail.com ESMTP x144sm11813878oif.23 - gsmtp")
        peer.line()
        peer.send(
            b"250-smtp.gmail.com at your service, [203.0.113.9]",
            b"250-SIZE 35882577",
            b"250-AUTH " + offers,
            b"250 SMTPUTF8",
        )
        for step in steps:
            peer.line()
            peer.send(*step)
        peer.line()

    return script


GOOGLE_535 = (
    b"535-5.7.8 Username and Password not accepted. Learn more at",
    b"535 5.7.8  https://support.google.com/mail/?p=BadCredentials c7sm19648018pfp.164 - gsmtp",
)


def test_31_a_short_token_goes_along_with_auth():
    with scripted(post((b"235 2.7.0 Accepted",))) as server:
        login.try_to_send(account(smtp=server.address()), lambda: TOKEN, timeouts=QUICK)

    assert server.heard[1] == b"AUTH XOAUTH2 " + XOAUTH2


def test_31_a_long_token_follows_auth_for_a_command_ends_at_512_bytes():
    said = post((b"334 ",), (b"235 2.7.0 Authentication successful",), offers=b"LOGIN XOAUTH2")
    with scripted(said) as server:
        login.try_to_send(account(smtp=server.address()), lambda: LONG_TOKEN, timeouts=QUICK)

    assert server.heard[1] == b"AUTH XOAUTH2"
    assert base64.b64decode(server.heard[2]).endswith(LONG_TOKEN.encode() + b"\x01\x01")


def test_31_a_refusal_by_the_sending_server_is_answered_told_and_tried_once_more():
    tokens = Tokens("expired", "revoked", "never")
    with (
        scripted(post((b"334 " + GOOGLE_400,), GOOGLE_535)) as server,
        pytest.raises(LoginRefusedError) as refused,
    ):
        login.try_to_send(account(smtp=server.address()), tokens, timeouts=QUICK)

    assert tokens.asked == 2
    assert server.heard[2] == b""
    assert "not accepted" in str(refused.value)
    assert "scope https://mail.google.com/" in str(refused.value)


def test_31_oauthbearer_at_the_sending_server_ends_a_refusal_with_one_byte():
    with (
        scripted(post((b"334 " + GOOGLE_400,), GOOGLE_535)) as server,
        pytest.raises(TokenRefusedError),
    ):
        smtp.try_login(server.address(), USER, TOKEN, oauth=Oauth.OAUTHBEARER, timeouts=QUICK)

    assert server.heard[1].startswith(b"AUTH OAUTHBEARER ")
    assert server.heard[2] == b"AQ=="


def test_31_a_tenant_without_smtp_is_told_in_the_servers_words():
    said = (
        b"535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for the"
        b" Tenant. Visit https://aka.ms/smtp_auth_disabled for more information."
        b" [MN2PR05CA0004.namprd05.prod.outlook.com 2023-09-12T20:59:57.214Z 08DBB276B7E699C4]"
    )
    with (
        scripted(post((b"334 ",), (said,), offers=b"LOGIN XOAUTH2")) as server,
        pytest.raises(LoginRefusedError, match="disabled for the Tenant"),
    ):
        login.try_to_send(account(smtp=server.address()), lambda: LONG_TOKEN, timeouts=QUICK)


def test_31_a_token_that_the_sending_server_repeats_is_in_no_error():
    with (
        scripted(post((b"535 no such token " + TOKEN.encode() + b" " + XOAUTH2,))) as server,
        pytest.raises(TokenRefusedError) as refused,
    ):
        smtp.try_login(server.address(), USER, TOKEN, oauth=Oauth.AUTO, timeouts=QUICK)

    assert TOKEN not in str(refused.value)
    assert XOAUTH2.decode() not in str(refused.value)


def test_31_the_sending_server_that_fails_for_now_is_no_refusal():
    tokens = Tokens(TOKEN)
    said = post((b"454 4.7.0 Temporary authentication failure",))
    with scripted(said) as server, pytest.raises(ServerError) as later:
        login.try_to_send(account(smtp=server.address()), tokens, timeouts=QUICK)

    assert not isinstance(later.value, LoginRefusedError)
    assert tokens.asked == 1
