"""S1 to S7 on the wire: servers, and people between us and them, who mean harm.

What `test_lying_server.py` and `test_smtp.py` hold already is not repeated here.
"""

import ssl
import subprocess
import time
import tracemalloc
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from storage.errors import (
    ConnectionLostError,
    LoginRefusedError,
    SendDelayedError,
    SendUnknownError,
    ServerError,
)
from storage.mail.imap import connect
from storage.mail.imap_link import KNOWN
from storage.mail.smtp import hand_over, try_login
from storage.mail.transport import Timeouts
from storage.records.account import Security
from tests.imap import dovecot as dovecot_server
from tests.imap.scripted import scripted

NOW = datetime(2026, 3, 2, tzinfo=UTC)
QUICK = Timeouts(connect=5, read=5, accept=5)
IMPATIENT = Timeouts(connect=2, read=0.3, accept=0.3)
CA = """
[ca]
default_ca = one
[one]
database = {0}/index.txt
new_certs_dir = {0}
serial = {0}/serial
default_md = sha256
policy = names
x509_extensions = more
[names]
commonName = supplied
[more]
subjectAltName = DNS:localhost,IP:127.0.0.1
"""


def session(server, *, timeouts=QUICK):
    mailbox = connect(server.address(), timeouts=timeouts)
    mailbox.login("ana", "hunter2")
    mailbox.select("INBOX", readonly=False)
    return mailbox


def sent(server, **how):
    """Hand a mail over through a scripted SMTP server on this machine."""
    return hand_over(
        server.address(),
        "",
        "",
        **{
            "sender": "support@acme.example",
            "recipients": ["zoe@acme.example"],
            "raw": b"Subject: x\r\n\r\nhello\r\n",
            "before_body": lambda: None,
            "timeouts": QUICK,
            **how,
        },
    )


@pytest.fixture(scope="session")
def expired(tmp_path_factory):
    """Return the context of a server whose certificate ended years ago, and one that trusts it."""
    folder = tmp_path_factory.mktemp("expired")
    (folder / "ca.cnf").write_text(CA.format(folder))
    (folder / "index.txt").touch()
    (folder / "serial").write_text("01")
    asked = "req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=old"
    signed = "ca -batch -selfsign -config ca.cnf -notext -in asked.pem -out cert.pem"
    until = "-startdate 20200101000000Z -enddate 20200201000000Z -keyfile key.pem"
    for words in (f"{asked} -keyout key.pem -out asked.pem", f"{signed} {until}"):
        subprocess.run(
            ["openssl", *words.split()], cwd=folder, check=True, capture_output=True, timeout=60
        )
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    return serving, ssl.create_default_context(cafile=str(folder / "cert.pem"))


@pytest.fixture(scope="session")
def own_authority(tmp_path_factory):
    """Return a server's context, and the file that a person would name as `ca_file`."""
    folder = tmp_path_factory.mktemp("authority")
    dovecot_server.make_certificate(folder)
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    return serving, folder / "cert.pem"


# -- S2: what was said in clear


def test_s2_what_is_said_before_the_yes_to_starttls_is_forgotten(certificates):
    serving, trusting = certificates()

    def script(peer):
        peer.send(b"* OK ready")
        peer.expect(b"CAPABILITY", b"* CAPABILITY IMAP4rev1 STARTTLS")
        peer.expect(
            b"STARTTLS", b"* CAPABILITY IMAP4rev1 X-EVIL", b"* 9 EXISTS", b"* PREAUTH you are root"
        )
        peer.encrypt(serving)
        peer.expect(b"CAPABILITY", b"* CAPABILITY IMAP4rev1 AUTH=PLAIN")

    with scripted(script) as server:
        mailbox = connect(
            server.address(Security.STARTTLS, "localhost"), context=trusting, timeouts=QUICK
        )

    assert mailbox.capabilities == {"IMAP4REV1", "AUTH=PLAIN"}
    with pytest.raises(ServerError):
        mailbox.select("INBOX", readonly=True)


def test_s2_smtp_what_is_said_before_the_yes_to_starttls_is_forgotten(certificates):
    serving, trusting = certificates()

    def script(peer):
        peer.send(b"220 ready")
        peer.line()
        peer.send(b"250-me", b"250-AUTH LOGIN PLAIN", b"250 STARTTLS")
        peer.line()
        peer.send(b"220-235 you are root", b"220 go")
        peer.encrypt(serving)
        peer.line()
        peer.send(b"250 really me")

    with scripted(script) as server, pytest.raises(LoginRefusedError, match="no way to log in"):
        try_login(
            server.address(Security.STARTTLS, "localhost"),
            "ana",
            "hunter2",
            context=trusting,
            timeouts=QUICK,
        )

    assert not any(b"AUTH" in line for line in server.heard)


# -- S3: whom the certificate names, who vouches for it, and until when


def imap_over(serving, security):
    def script(peer):
        if security is Security.STARTTLS:
            peer.send(b"* OK ready")
            peer.expect(b"CAPABILITY", b"* CAPABILITY IMAP4rev1 STARTTLS")
            peer.expect(b"STARTTLS")
        peer.encrypt(serving)
        if security is Security.TLS:
            peer.send(b"* OK ready")
        peer.expect(b"CAPABILITY", b"* CAPABILITY IMAP4rev1 AUTH=PLAIN")

    return script


def smtp_over(serving, security):
    def script(peer):
        if security is Security.STARTTLS:
            peer.send(b"220 ready")
            peer.line()
            peer.send(b"250-me", b"250 STARTTLS")
            peer.line()
            peer.send(b"220 go")
        peer.encrypt(serving)
        if security is Security.TLS:
            peer.send(b"220 ready")
        peer.line()
        peer.send(b"250-me", b"250 AUTH PLAIN")
        peer.line()
        peer.send(b"235 in")

    return script


BOTH = [Security.TLS, Security.STARTTLS]


@pytest.mark.parametrize("security", BOTH)
def test_s3_an_expired_certificate_is_refused_and_hears_no_password(expired, security):
    serving, trusting = expired
    for speak, use in (
        (imap_over, lambda at: connect(at, context=trusting, timeouts=QUICK)),
        (smtp_over, lambda at: try_login(at, "a", "hunter2", context=trusting, timeouts=QUICK)),
    ):
        with scripted(speak(serving, security)) as server, pytest.raises(ServerError) as refused:
            use(server.address(security, "localhost"))

        assert "expired" in str(refused.value)
        assert not any(b"AUTH" in line or b"LOGIN" in line for line in server.heard)


@pytest.mark.parametrize("security", BOTH)
def test_s3_a_certificate_of_our_own_is_refused_until_its_file_is_named(own_authority, security):
    serving, file = own_authority
    for speak, use in (
        (imap_over, lambda at: connect(at, timeouts=QUICK).close()),
        (smtp_over, lambda at: try_login(at, "a", "hunter2", timeouts=QUICK)),
    ):
        with scripted(speak(serving, security)) as server:
            with pytest.raises(ServerError, match="certificate"):
                use(server.address(security, "localhost"))
            assert not any(b"AUTH" in line or b"LOGIN" in line for line in server.heard)

            use(server.address(security, "localhost", ca_file=str(file)))


@pytest.mark.parametrize(
    ("content", "why"), [(None, "no such file"), (b"no PEM\n", "holds no certificate")]
)
def test_s3_a_file_of_authorities_that_is_none_is_a_sentence(tmp_path, content, why):
    file = tmp_path / "authority.pem"
    if content is not None:
        file.write_bytes(content)

    def script(peer):
        peer.line()

    with scripted(script) as server:
        for use in (
            lambda at: connect(at, timeouts=QUICK),
            lambda at: try_login(at, "ana", "hunter2", timeouts=QUICK),
        ):
            with pytest.raises(ServerError, match=why):
                use(server.address(Security.TLS, "localhost", ca_file=str(file)))


# -- S4


def test_s4_a_greeting_that_says_we_are_logged_in_is_not_trusted_inside_tls_either(certificates):
    serving, trusting = certificates()

    def script(peer):
        peer.encrypt(serving)
        peer.send(b"* PREAUTH welcome")
        peer.expect(b"CAPABILITY", b"* CAPABILITY IMAP4rev1")
        peer.line()

    with scripted(script) as server, pytest.raises(ServerError, match="not trusted"):
        connect(server.address(Security.TLS, "localhost"), context=trusting, timeouts=QUICK)


# -- S5


@pytest.mark.parametrize(
    "greeting",
    [
        b"* OK ready\r\n",
        b"HTTP/1.1 400 Bad Request\r\n\r\n",
        b"\x16\x03\x01\x02\x00\r\n",
        b"220\x00\r\n",
        b"554 \x1b[2Jgo away\r\n",
        b"",
        b"2",
    ],
)
def test_s5_smtp_a_greeting_that_is_none_ends_it_with_a_sentence(greeting):
    def script(peer):
        peer.send_raw(greeting)
        peer.close()

    with scripted(script) as server, pytest.raises(SendDelayedError) as refused:
        sent(server)

    assert str(refused.value).isprintable()
    assert not any(b"MAIL" in line for line in server.heard)


# -- S6: without end


@pytest.mark.parametrize(
    ("command", "endless"),
    [
        ("noop", b"+ go on\r\n" * 5_000),
        ("select", b"+ go on\r\n" * 5_000),
        ("noop", b"XYZ9 OK never asked\r\n" * 5_000),
        ("search", b"* SEARCH 1 2 3\r\n" * 5_000),
        ("list", b'* LIST () "/" x\r\n' * 5_000),
        ("fetch", b"* 1 FETCH (FLAGS ())\r\n" * 5_000),
        ("fetch", b"* 1 FETCH (UID 1 BODY[TEXT] {60000}\r\n" + b"x" * 60_000 + b")\r\n"),
        ("noop", b"\r\n" * 30_000),
        ("noop", b"\x00" * 65_536),
    ],
)
def test_s6_an_answer_without_end_ends(command, endless):
    def script(peer):
        peer.greet()
        peer.select()
        peer.line()
        for _ in range(10_000):
            peer.send_raw(endless)

    with scripted(script) as server:
        mailbox = session(server)
        # millions may change at once in a real folder: here a few are as good, and sooner there
        mailbox._wire.link.limits = replace(KNOWN, messages=50_000)
        ask = {
            "noop": mailbox.noop,
            "fetch": lambda: list(mailbox.fetch_text([1])),
            "search": lambda: mailbox.uids(1, 9),
            "list": mailbox.folders,
            "select": lambda: mailbox.select("INBOX", readonly=True),
        }[command]
        with pytest.raises(ConnectionLostError):
            ask()

    assert mailbox.is_dead


def test_s6_a_literal_that_never_comes_is_given_up():
    def script(peer):
        peer.greet()
        peer.select()
        peer.line()
        peer.send_raw(b"* 1 FETCH (UID 1 BODY[TEXT] {100}\r\nhalf of it")
        peer.stall()

    with scripted(script) as server:
        mailbox = session(server, timeouts=IMPATIENT)
        with pytest.raises(ConnectionLostError, match="does not answer"):
            list(mailbox.fetch_text([1]))


@pytest.mark.parametrize("words", [b"* OK still at it", b"* 3 EXISTS"])
def test_s6_a_server_that_talks_without_answering_is_given_up(words):
    def script(peer):
        peer.greet()
        peer.line()
        while True:
            peer.send(words)
            time.sleep(0.02)

    with scripted(script) as server:
        timeouts = Timeouts(connect=5, read=5, command=0.3)
        mailbox = connect(server.address(), timeouts=timeouts)
        mailbox.login("ana", "hunter2")
        with pytest.raises(ConnectionLostError, match="does not come to an end"):
            mailbox.select("INBOX", readonly=True)


@pytest.mark.parametrize("size", [b"1073741824", b"99999999999999999999999999", b"-1", b"1e9"])
def test_s6_a_literal_of_an_absurd_size_is_neither_waited_for_nor_made_room_for(size):
    def script(peer):
        peer.greet()
        peer.select()
        peer.line()
        peer.send_raw(b"* 1 FETCH (UID 1 BODY[TEXT] {" + size + b"}\r\nx\r\n")
        peer.stall()

    with scripted(script) as server:
        mailbox = session(server, timeouts=IMPATIENT)
        tracemalloc.start()
        try:
            with pytest.raises(ConnectionLostError):
                list(mailbox.fetch_text([1]))
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()

    assert peak < 10_000_000


def test_s6_an_append_is_not_continued_for_ever():
    def script(peer):
        peer.greet()
        peer.select()
        peer.line()
        for _ in range(2_000):
            peer.send_raw(b"+ go on\r\n" * 100)

    with scripted(script) as server:
        mailbox = session(server)
        with pytest.raises(ConnectionLostError):
            mailbox.append("Sent", b"Subject: x\r\n\r\nx\r\n", date=NOW)


@pytest.mark.parametrize(
    "endless", [b"250-more\r\n" * 5_000, b"2" * 65_536, b"250-" + b"x" * 65_536]
)
@pytest.mark.parametrize("step", [0, 1, 2])
def test_s6_smtp_an_answer_without_end_ends(endless, step):
    def script(peer):
        for words in (b"220 ready", b"250 me", b"250 ok")[:step]:
            peer.send(words)
            peer.line()
        for _ in range(1_000):
            peer.send_raw(endless)

    with scripted(script) as server, pytest.raises(SendDelayedError):
        sent(server)


def test_s6_smtp_an_answer_without_end_after_the_body_is_a_doubt():
    def script(peer):
        for words in (b"220 ready", b"250 me", b"250 ok", b"250 ok", b"354 go"):
            peer.send(words)
            peer.line()
        while peer.line() != b".":
            pass
        for _ in range(1_000):
            peer.send_raw(b"250-more\r\n" * 1_000)

    with scripted(script) as server, pytest.raises(SendUnknownError):
        sent(server)


# -- S7: names and referrals


@pytest.mark.parametrize(
    "name",
    [
        b'"../../../../tmp/evil"',
        b'"/etc/passwd"',
        b"{9}\r\nx\r\nA1 BAD",
        b"{5}\r\nx\x00y/z",
        b'"a&AAA-b"',
        b'"a&AAoADQ-b"',
        b'"x&ABs-]0;PWNED&AAc-"',
        b'"' + b"x" * 200_000 + b'"',
        b'"%s%n{0}"',
        b'"a&2D3-b"',
        b'"&"',
    ],
)
def test_s7_a_folder_name_is_never_two_commands_nor_a_terminals(name):
    def script(peer):
        peer.greet()
        peer.expect(b"LIST", b'* LIST () "/" INBOX', b'* LIST (\\Sent) "/" ' + name)
        while peer.line():
            peer.answer(b"* 0 EXISTS", b"* OK [UIDVALIDITY 7] x", b"* OK [UIDNEXT 1] x")

    with scripted(script) as server:
        mailbox = connect(server.address(), timeouts=QUICK)
        mailbox.login("ana", "hunter2")
        before = len(server.heard)
        folders = mailbox.folders()
        for one in folders:
            mailbox.select(one.name, readonly=True)
        mailbox.close()

    said = [line for line in server.heard[before:] if line]
    assert folders[0].name == "INBOX"
    assert all(one.shown.isprintable() for one in folders)
    assert all(b" LIST " in line or b" EXAMINE " in line or b" LOGOUT" in line for line in said)
    assert not any(set(line) & {*range(32), 127} for line in said)


def test_s7_a_list_of_a_hundred_thousand_folders_is_read():
    def script(peer):
        peer.greet()
        peer.expect(b"LIST", *(b'* LIST () "/" "f%d"' % n for n in range(100_000)))

    with scripted(script) as server:
        mailbox = connect(server.address(), timeouts=QUICK)
        mailbox.login("ana", "hunter2")

        assert len(mailbox.folders()) == 100_000


@pytest.mark.parametrize("words", [b"NO [REFERRAL imap://ana;AUTH=*@evil.example/] go there"])
def test_s7_a_referral_is_never_followed(words):
    def script(peer):
        peer.send(b"* OK [REFERRAL imap://evil.example/] ready")
        peer.expect(b"CAPABILITY", b"* CAPABILITY IMAP4rev1 LOGIN-REFERRALS MAILBOX-REFERRALS")
        peer.expect(b"LOGIN", words=words)
        peer.line()

    with scripted(script) as server, pytest.raises(LoginRefusedError, match="REFERRAL"):
        session(server)

    assert len(server.heard) == 2 + (server.heard[-1] == b"")


# -- a goodbye at every moment


@pytest.mark.parametrize(
    "moment", ["CAPABILITY", "LOGIN", "SELECT", "LIST", "FETCH", "APPEND", "IDLE", "LOGOUT"]
)
def test_t13_a_goodbye_at_any_moment_is_a_sentence_without_what_acts(moment):
    said = b"* BYE [ALERT] \x1b[2J\x1b]0;PWNED\x07 maintenance"

    def script(peer):
        peer.send(b"* OK [ALERT] \x1b[31m ready")
        while line := peer.line():
            if moment.encode() in line:
                peer.send(said)
                return
            offered = b"* CAPABILITY IMAP4rev1 IDLE"
            select = (b"* 1 EXISTS", b"* OK [UIDVALIDITY 7] x", b"* OK [UIDNEXT 2] x")
            peer.answer(*(select if b"SELECT" in line else (offered,)))

    def use(server):
        mailbox = session(server)
        try:
            mailbox.folders()
            list(mailbox.fetch_text([1]))
            if moment == "IDLE":
                mailbox.idle(5)
            if moment == "APPEND":
                mailbox.append("Sent", b"Subject: x\r\n\r\nx\r\n", date=NOW)
        finally:
            mailbox.close()

    with scripted(script) as server:
        if moment == "LOGOUT":
            use(server)
            return
        with pytest.raises(ServerError, match="maintenance") as lost:
            use(server)

    assert str(lost.value).isprintable()
