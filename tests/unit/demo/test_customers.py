"""Practice customers: who answers, in which words, and who never does."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

import pytest

from console.demo import mails, place
from console.demo.customers import MOST_ANSWERS, Mood, answer
from console.demo.kept import Posted

BEGUN = datetime(2025, 3, 5, 9, 30, tzinfo=UTC)
BY_NAME = {one.name: one for one in mails.practice_mails(BEGUN)}
INBOX = [one.raw for one in BY_NAME.values() if one.folder == "INBOX"]


def ours(name, *, number=1, to=None, **headers):
    """Return our reply to a practice mail."""
    mail = message_from_bytes(BY_NAME[name].raw, policy=default)
    reply = EmailMessage()
    reply["From"] = f"Robin Vale <{place.ADDRESS}>"
    reply["To"] = to or mail["From"]
    reply["Subject"] = f"Re: {str(mail['Subject']).removeprefix('Re: ')}"
    reply["Date"] = BEGUN + timedelta(minutes=number)
    reply["Message-ID"] = f"<{number}.{name}@{place.DOMAIN}>"
    reply["In-Reply-To"] = mail["Message-ID"]
    reply["References"] = f"{mail.get('References', '')} {mail['Message-ID']}".strip()
    for key, value in headers.items():
        reply[key.replace("_", "-")] = value
    reply.set_content(f"Please try number {number}.\n\nRobin\n")
    recipients = tuple(one.addr_spec for one in reply["To"].addresses)
    return Posted(at=BEGUN + timedelta(minutes=number), recipients=recipients, raw=reply.as_bytes())


def answered(posted, *, earlier=()):
    return answer(posted, earlier=earlier, inbox=INBOX)


def first_with(name, mood):
    """Return the first of our replies to `name` that gets this answer."""
    found = (answered(ours(name, number=n), earlier=[ours("blank")]) for n in range(1, 200))
    return next(one for one in found if one and one.mood is mood)


def read(one):
    return message_from_bytes(one.dated(BEGUN + timedelta(hours=1)), policy=default)


def test_an_answer_goes_back_on_the_same_conversation():
    posted = ours("twice-1-back")

    mail = read(answered(posted))

    reply = message_from_bytes(posted.raw, policy=default)
    assert mail["In-Reply-To"] == reply["Message-ID"]
    assert mail["References"].split() == [*reply["References"].split(), reply["Message-ID"]]
    assert mail["To"].addresses[0].addr_spec == place.ADDRESS
    assert mail["From"].addresses[0].addr_spec == "jonas.wiecek@parcelbay.example"
    assert mail["Subject"] == "Re: every webhook arrives twice"


def test_it_quotes_us_as_the_mail_program_does():
    gmail = read(first_with("twice-1", Mood.THANKS)).get_body(("plain",)).get_content()
    outlook = read(first_with("twice-2", Mood.THANKS)).get_body(("plain",)).get_content()

    assert "> Please try number" in gmail
    assert "_" * 32 in outlook
    assert "> Please try number" not in outlook


def test_customers_speak_their_language():
    german = read(first_with("umlaut-1", Mood.THANKS)).get_content()
    japanese = read(first_with("completion", Mood.THANKS)).get_content()

    assert "schrieb" in german
    assert "ありがとう" in japanese


def test_a_letter_may_bring_its_own_words():
    mail = read(first_with("key-leak", Mood.THANKS))

    assert "breathing again" in mail.get_body(("plain",)).get_content()


def test_who_says_it_is_broken_sends_a_log():
    text = read(first_with("sig-clock", Mood.BROKEN)).get_content()

    assert "req_" in text


def test_answers_come_after_4_to_12_seconds():
    waits = [one.after for n in range(60) if (one := answered(ours("twice-3", number=n)))]

    assert 4 <= min(waits) < 6
    assert 10 < max(waits) <= 12.1


def test_the_same_mail_gets_the_same_answer():
    posted = ours("twice-2", number=3)

    assert read(answered(posted)).as_bytes() == read(answered(posted)).as_bytes()


def test_moods_vary_and_some_are_silent():
    moods = Counter(
        one.mood if (one := answered(ours("twice-3", number=n), earlier=[ours("blank")])) else None
        for n in range(200)
    )

    assert set(moods) == {Mood.THANKS, Mood.BROKEN, Mood.QUESTION, None}


def test_the_very_first_reply_is_always_answered():
    assert all(answered(ours("twice-3", number=n)) for n in range(60))


def test_nobody_answers_more_than_twice_on_a_conversation():
    posted = [ours("twice-3", number=n) for n in range(20)]

    answers = [answered(one, earlier=posted[:n]) for n, one in enumerate(posted)]

    assert sum(one is not None for one in answers) == MOST_ANSWERS


def test_a_mail_handed_over_twice_is_answered_once():
    posted = ours("twice-3")

    assert answered(posted)
    assert answered(posted, earlier=[posted]) is None


@pytest.mark.parametrize(
    "header",
    [{"Auto_Submitted": "auto-replied"}, {"Precedence": "bulk"}, {"List_Id": "<x.example>"}],
)
def test_nobody_answers_an_automatic_mail(header):
    assert answered(ours("twice-3", **header)) is None


@pytest.mark.parametrize(
    "name",
    [
        "out-1",
        "vacation",
        "bounce",
        "newsletter",
        "registrar",
        "abuse-phish",
        "spam-seo",
        "spam-guestpost",
    ],
)
def test_robots_and_spammers_do_not_answer(name):
    assert [answered(ours(name, number=n)) for n in range(20)] == [None] * 20


def test_only_the_address_we_wrote_to_answers():
    to = "ops@kargoline.example"

    assert answered(ours("twice-4", to=to)) is None


def test_all_recipients_may_be_there_and_the_writer_answers():
    to = "ops@kargoline.example, Ayse <AYSE@kargoline.example>"

    mail = read(answered(ours("twice-4", to=to)))

    assert mail["From"].addresses[0].addr_spec == "ayse@kargoline.example"


def test_an_answer_names_nobody_who_exists():
    texts = [
        read(one).as_string()
        for name in ("twice-1", "umlaut-2", "arabic-rtl", "2fa-lost", "order", "umlaut-4")
        for n in range(12)
        if (one := answered(ours(name, number=n)))
    ]

    assert texts
    assert not any("{{" in one or "{code}" in one or "{name}" in one for one in texts)
