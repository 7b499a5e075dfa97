"""Handing a mail over: every way to fail has one meaning."""

import pytest

from storage.errors import (
    LoginRefusedError,
    SendDelayedError,
    SendRefusedError,
    SendUnknownError,
)
from storage.mail.smtp import hand_over, try_login
from storage.mail.transport import Timeouts
from storage.records.account import Security, ServerAddress
from tests.imap.proxy import proxied, stall
from tests.imap.scripted import scripted
from tests.imap.smtp_sink import sunk

QUICK = Timeouts(connect=5, read=5, accept=5)
IMPATIENT = Timeouts(connect=0.3, read=0.3, accept=0.3)
RAW = b"Subject: hello\r\nMessage-ID: <m@acme.example>\r\n\r\nDear Ana\r\n"
ANA, BOB = "ana@c.example", "bob@c.example"


class Moment:
    """Counts how often the outbox was told that the body is about to leave."""

    def __init__(self):
        self.times = 0

    def __call__(self):
        self.times += 1


@pytest.fixture
def moment():
    return Moment()


def send(address, moment, **changes):
    settings = {
        "sender": "support@acme.example",
        "recipients": [ANA, BOB],
        "raw": RAW,
        "before_body": moment,
        "timeouts": QUICK,
        "username": "",
        "password": "",
        **changes,
    }
    return hand_over(address, settings.pop("username"), settings.pop("password"), **settings)


# -- it works


def test_a_mail_is_taken_once_for_everybody_byte_for_byte(moment):
    with sunk() as sink:
        accepted = send(sink.address(), moment)

    (mail,) = sink.mails
    assert accepted.reply == "250 OK queued as 1"
    assert (mail.sender, mail.recipients, mail.content) == (
        "support@acme.example",
        (ANA, BOB),
        RAW,
    )
    assert moment.times == 1


def test_a_login_inside_starttls(certificates, moment):
    serving, trusting = certificates()
    with sunk(context=serving) as sink:
        sink.passwords["ana"] = 'pässword "x"'
        send(
            sink.address(Security.STARTTLS),
            moment,
            context=trusting,
            username="ana",
            password='pässword "x"',
        )

    assert (len(sink.mails), sink.logins) == (1, ["ana"])


def test_a_mail_over_a_port_that_is_encrypted_from_the_start(certificates, moment):
    serving, trusting = certificates()
    with sunk(context=serving, implicit_tls=True) as sink:
        send(sink.address(Security.TLS), moment, context=trusting)

    assert len(sink.mails) == 1


@pytest.mark.parametrize(
    "body",
    [
        b".\r\n",
        b"..\r\n.\r\n",
        b"a\r\n.\r\nMAIL FROM:<evil@x>\r\nRCPT TO:<y@z>\r\nDATA\r\n",
        b".leading\r\n",
        b"no line end",
        b"\r\n\r\n",
        b"x" * 200_000 + b"\r\n",
    ],
)
def test_no_body_can_end_the_mail_or_give_commands(moment, body):
    raw = RAW + b"\r\n".join(body[n : n + 900] for n in range(0, len(body), 900))
    with sunk() as sink:
        send(sink.address(), moment, raw=raw)

    (mail,) = sink.mails
    assert mail.content == raw + (b"" if raw.endswith(b"\r\n") else b"\r\n")


def test_our_own_name_is_not_told(moment):
    def script(peer):
        peer.send(b"220 ready")
        peer.line()
        peer.send(b"421 go away")

    with scripted(script) as server, pytest.raises(SendDelayedError):
        send(server.address(), moment)

    assert server.heard[0] == b"ehlo [127.0.0.1]"


# -- never: a person decides


@pytest.mark.parametrize("bad", [b"a\nb\r\n", b"a\rb\r\n", b"a\r\n.\nMAIL FROM:<x@y>\r\n", b""])
def test_bytes_that_are_not_final_never_reach_a_wire(moment, bad):
    with sunk() as sink, pytest.raises(SendRefusedError):
        send(sink.address(), moment, raw=bad)

    assert (sink.said, sink.mails) == ([], [])


@pytest.mark.parametrize(
    "address",
    ["", "nobody", "a b@c.example", "a@c.example>\r\nRCPT TO:<x@y", "a@c.example> SIZE=1", "<a@b>"],
)
def test_an_address_that_could_give_commands_never_reaches_a_wire(moment, address):
    with sunk() as sink:
        for changes in ({"recipients": [ANA, address]}, {"sender": address}, {"recipients": []}):
            with pytest.raises(SendRefusedError):
                send(sink.address(), moment, **changes)

    assert sink.said == []


def test_a_refused_recipient_is_named_and_nobody_gets_the_mail(moment):
    with sunk() as sink:
        sink.replies[BOB] = f"550 5.1.1 <{BOB}>: no such \x1b[31muser"
        with pytest.raises(SendRefusedError, match="1 of 2") as refused:
            send(sink.address(), moment)

    ((named, words),) = refused.value.recipients
    assert named == BOB
    assert "no such user" in words
    assert BOB not in str(refused.value)
    assert (sink.mails, moment.times) == ([], 0)
    assert not any(line.startswith("354") for line in sink.said)


def test_a_refused_recipient_resets_before_anything_else(moment):
    def script(peer):
        peer.send(b"220 ready")
        for words in (b"250 me", b"250 ok", b"250 ok", b"550 no", b"250 reset"):
            peer.line()
            peer.send(words)
        peer.line()

    with scripted(script) as server, pytest.raises(SendRefusedError):
        send(server.address(), moment)

    assert server.heard[4] == b"RSET"


@pytest.mark.parametrize("step", ["MAIL", "DATA", "BODY"])
def test_a_five_hundred_is_for_good(moment, step):
    with sunk() as sink:
        sink.replies[step] = "554 5.7.1 spam"
        with pytest.raises(SendRefusedError, match="spam"):
            send(sink.address(), moment)

    assert sink.mails == []
    assert moment.times == (step == "BODY")


def test_a_mail_beyond_the_servers_size_is_refused_before_it_leaves(moment):
    with (
        sunk(size_limit=100_000) as sink,
        pytest.raises(SendRefusedError, match="takes mails up to"),
    ):
        send(sink.address(), moment, raw=RAW + (b"y" * 78 + b"\r\n") * 2000)

    assert moment.times == 0


def test_letters_outside_ascii_need_a_server_that_takes_them(moment):
    with sunk(utf8=False) as sink, pytest.raises(SendRefusedError, match="outside ASCII"):
        send(sink.address(), moment, recipients=["jürgen@c.example"])
    assert sink.mails == []

    with sunk() as sink:
        send(sink.address(), moment, recipients=["jürgen@c.example"])
    assert sink.mails[0].recipients == ("jürgen@c.example",)
    assert "SMTPUTF8" in sink.mails[0].options


def test_plain_mail_asks_for_no_extension(moment):
    with sunk() as sink:
        send(sink.address(), moment)

    assert sink.mails[0].options == (f"SIZE={len(RAW)}",)


# -- later: the same bytes go again


@pytest.mark.parametrize("step", ["MAIL", "RCPT", "DATA", "BODY"])
def test_a_four_hundred_is_for_later(moment, step):
    with sunk() as sink:
        sink.replies[step] = "451 4.7.1 greylisted"
        with pytest.raises(SendDelayedError, match="greylisted"):
            send(sink.address(), moment)

    assert sink.mails == []


def test_one_recipient_for_later_and_one_for_never_is_never(moment):
    with sunk() as sink:
        sink.replies.update({ANA: "450 later", BOB: "550 never"})
        with pytest.raises(SendRefusedError) as refused:
            send(sink.address(), moment)

    assert [one for one, _ in refused.value.recipients] == [ANA, BOB]


@pytest.mark.parametrize("step", ["MAIL", "RCPT"])
def test_a_connection_lost_before_the_354_is_for_later(moment, step):
    with sunk() as sink:
        sink.drops.add(step)
        with pytest.raises(SendDelayedError):
            send(sink.address(), moment)

    assert moment.times == 0


def test_a_server_that_is_not_there_is_for_later(moment):
    with pytest.raises(SendDelayedError, match="nothing listens there"):
        send(ServerAddress("127.0.0.1", 1, Security.NONE), moment)


@pytest.mark.parametrize(
    "greeting",
    [
        b"* OK IMAP ready\r\n",
        b"554 no service\r\n",
        b"421 busy\r\n",
        b"HTTP/1.1 400\r\n",
        b"22\r\n",
        b"220\n",
        b"999 what\r\n",
        b"220-" + b"x" * 100_000,
        b"220-on\r\n" * 10_000,
        b"",
    ],
)
def test_a_greeting_that_is_none_is_for_later(moment, greeting):
    def script(peer):
        peer.send_raw(greeting)
        peer.close()

    with scripted(script) as server, pytest.raises(SendDelayedError) as delayed:
        send(server.address(), moment)

    assert str(delayed.value).isprintable()


def test_a_server_that_says_nothing_is_for_later(moment):
    with scripted(lambda peer: peer.stall()) as server, pytest.raises(SendDelayedError):
        send(server.address(), moment, timeouts=IMPATIENT)


def test_what_the_outbox_raises_stops_the_mail_before_its_first_byte():
    def out_of_disk():
        raise RuntimeError("disk full")

    with sunk() as sink, pytest.raises(RuntimeError):
        send(sink.address(), out_of_disk)

    assert sink.mails == []
    assert sink.said[-1].startswith("354")


# -- nobody knows


@pytest.mark.parametrize("step", ["354", "BODY"])
def test_a_connection_lost_after_the_354_is_unknown(moment, step):
    with sunk() as sink:
        sink.drops.add(step)
        with pytest.raises(SendUnknownError, match="may have been sent"):
            send(sink.address(), moment)

    assert moment.times == 1


def test_silence_after_the_body_is_unknown(moment):
    with sunk() as sink, proxied(sink.port) as proxy:

        def fault(link, data):
            return stall(link, data) if b"queued" in data else data

        proxy.fault = fault
        with pytest.raises(SendUnknownError):
            send(proxy.address(), moment, timeouts=IMPATIENT)

    assert len(sink.mails) == 1


@pytest.mark.parametrize("answer", [b"what?\r\n", b"354 more\r\n", b"25\r\n", b"250-and\r\n", b""])
def test_words_nobody_knows_after_the_body_are_unknown(moment, answer):
    def script(peer):
        peer.send(b"220 ready")
        for words in (b"250 me", b"250 ok", b"250 ok", b"250 ok", b"354 go"):
            peer.line()
            peer.send(words)
        while peer.line() != b".":
            pass
        peer.send_raw(answer)
        peer.close()

    with scripted(script) as server, pytest.raises(SendUnknownError):
        send(server.address(), moment)


def test_a_server_that_hangs_up_after_its_yes_has_said_yes(moment):
    def script(peer):
        peer.send(b"220 ready")
        for words in (b"250 me", b"250 ok", b"250 ok", b"250 ok", b"354 go"):
            peer.line()
            peer.send(words)
        while peer.line() != b".":
            pass
        peer.send(b"250 taken")
        peer.close()

    with scripted(script) as server:
        assert send(server.address(), moment).reply == "250 taken"


# -- trying


def test_a_login_can_be_tried_without_sending_anything(certificates):
    serving, trusting = certificates()
    with sunk(context=serving) as sink:
        sink.passwords["ana"] = "right"

        try_login(sink.address(Security.STARTTLS), "ana", "right", context=trusting)
        with pytest.raises(LoginRefusedError):
            try_login(sink.address(Security.STARTTLS), "ana", "wrong", context=trusting)

    assert not any(line.startswith("354") for line in sink.said)


# -- secrets


def test_another_machine_is_never_spoken_to_in_clear(moment):
    with pytest.raises(SendDelayedError, match="in clear"):
        send(ServerAddress("smtp.example.com", 25, Security.NONE), moment)


def test_a_server_that_hides_starttls_hears_no_password(moment):
    with sunk() as sink, pytest.raises(SendDelayedError, match="no encryption"):
        send(sink.address(Security.STARTTLS), moment, username="ana", password="hunter2")

    assert (sink.mails, sink.logins) == ([], [])


@pytest.mark.parametrize("injected", [b"250 AUTH PLAIN\r\n", b"235 welcome\r\n"])
def test_words_spoken_before_tls_are_not_believed_after_it(certificates, moment, injected):
    serving, trusting = certificates()

    def script(peer):
        peer.send(b"220 ready")
        peer.line()
        peer.send(b"250-me", b"250 STARTTLS")
        peer.line()
        peer.send_raw(b"220 go\r\n" + injected)
        peer.encrypt(serving)
        assert peer.line().startswith(b"ehlo")
        peer.send(b"550 really me")
        peer.line()
        peer.send(b"550 really me")

    with scripted(script) as server, pytest.raises(SendDelayedError, match="really me"):
        send(
            server.address(Security.STARTTLS, "localhost"),
            moment,
            context=trusting,
            username="ana",
            password="hunter2",
        )


@pytest.mark.parametrize("security", [Security.TLS, Security.STARTTLS])
def test_a_certificate_that_nobody_vouches_for_is_refused(certificates, moment, security):
    serving, _ = certificates()
    with (
        sunk(context=serving, implicit_tls=security is Security.TLS) as sink,
        pytest.raises(SendDelayedError, match="certificate"),
    ):
        send(sink.address(security), moment, username="ana", password="hunter2")

    assert (sink.mails, sink.logins) == ([], [])


def test_a_certificate_of_another_name_is_refused(certificates, moment):
    serving, trusting = certificates("other", "DNS:other.example")
    with sunk(context=serving) as sink, pytest.raises(SendDelayedError, match="certificate"):
        send(sink.address(Security.STARTTLS), moment, context=trusting)


@pytest.mark.parametrize(
    ("offers", "questions"), [(b"AUTH PLAIN LOGIN", 0), (b"AUTH LOGIN CRAM-MD5", 2)]
)
def test_a_wrong_password_is_tried_once_and_never_repeated_back(moment, offers, questions):
    def script(peer):
        peer.send(b"220 ready")
        peer.line()
        peer.send(b"250-me", b"250 " + offers)
        said = peer.line()
        for _ in range(questions):
            peer.send(b"334 ")
            said = peer.line()
        peer.send(b"535 5.7.8 hunter2 " + said.split()[-1] + b" is wrong")
        peer.line()

    with scripted(script) as server, pytest.raises(LoginRefusedError) as refused:
        send(server.address(), moment, username="ana", password="hunter2")

    assert server.heard[1 + questions].split()[-1].decode() not in str(refused.value)
    assert "hunter2" not in str(refused.value)
    assert sum(line.startswith(b"AUTH") for line in server.heard) == 1


def test_a_login_that_fails_for_now_is_for_later(moment):
    def script(peer):
        peer.send(b"220 ready")
        for words in (b"250-me\r\n250 AUTH PLAIN", b"454 4.7.0 temporary"):
            peer.line()
            peer.send(words)

    with scripted(script) as server, pytest.raises(SendDelayedError, match="454"):
        send(server.address(), moment, username="ana", password="hunter2")


def test_a_server_that_offers_no_login_is_a_question_for_a_person(moment):
    with sunk() as sink, pytest.raises(LoginRefusedError, match="no way to log in"):
        send(sink.address(), moment, username="ana", password="hunter2")


def test_a_server_that_wants_a_login_is_a_question_for_a_person(moment):
    with sunk() as sink:
        sink.replies["MAIL"] = "530 5.7.0 Authentication required"
        with pytest.raises(LoginRefusedError):
            send(sink.address(), moment)
