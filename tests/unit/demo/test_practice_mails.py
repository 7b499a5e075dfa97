"""The practice mails: readable, dated, unlike each other, and of nobody who exists."""

import re
from collections import Counter
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.policy import default
from email.utils import getaddresses

import pytest

from console.demo import mails, place
from console.demo.letters import letters

BEGUN = datetime(2025, 3, 5, 9, 30, tzinfo=UTC)
PRACTICE = mails.practice_mails(BEGUN)
PARSED = {one.name: message_from_bytes(one.raw, policy=default) for one in PRACTICE}
LETTERS = {one.name: one for one in letters()}
RESERVED = re.compile(r"\.(example|invalid|test)$")


def text_of(mail):
    body = mail.get_body(("plain", "html"))
    return body.get_content().replace("\r\n", "\n") if body else ""


def own_lines(mail):
    """Return the lines that somebody wrote for this mail: no quote, no greeting."""
    text = re.split(r"^_{32}$", text_of(mail), flags=re.MULTILINE)[0]
    return [line.strip() for line in text.splitlines() if not line.startswith(">")]


@pytest.mark.parametrize("name", PARSED)
def test_a_mail_is_read_without_a_defect(name):
    mail = PARSED[name]

    assert [d for part in mail.walk() for d in part.defects] == []
    assert [d for value in mail.values() for d in getattr(value, "defects", ())] == []
    assert text_of(mail).strip()
    assert "{{quote}}" not in text_of(mail)
    assert not re.search(r"\{\{(iso|ms|hms|clock|unix|http|wrote)\b", mail.as_string())


@pytest.mark.parametrize("name", PARSED)
def test_its_people_exist_nowhere(name):
    mail = PARSED[name]
    fields = [str(mail.get(one, "")) for one in ("From", "To", "Cc", "Reply-To")]
    named = re.findall(r"[\w.+-]+@([\w-]+(?:\.[\w-]+)*\.[a-z]+)\b", mail.as_string())
    linked = re.findall(r"\bhttps?://([\w.-]+\.[a-z]+)\b", mail.as_string())

    hosts = {email.rpartition("@")[2] for _, email in getaddresses(fields) if email}
    hosts |= {*named, *linked}

    assert {one for one in hosts if not RESERVED.search(one)} == set()


def test_there_are_mails_of_every_kind():
    kinds = Counter(one.kind for one in PRACTICE)

    assert 140 <= sum(one.folder == "INBOX" for one in PRACTICE) <= 165
    assert sum(one.folder == "Sent" for one in PRACTICE) >= 12
    assert kinds["bug"] >= 25
    assert kinds["howto"] >= 25
    assert kinds["billing"] >= 10
    assert kinds["outage"] >= 12
    assert kinds["feature"] >= 8
    assert kinds["abuse"] >= 5
    assert kinds["thanks"] >= 4
    for kind in ("auto", "bounce", "spam", "newsletter", "followup"):
        assert kinds[kind] >= 1, kind


def test_no_two_mails_share_a_line_of_text():
    seen = Counter(
        line
        for mail in PARSED.values()
        for line in {one for one in own_lines(mail) if len(one) > 45}
    )

    assert [line for line, times in seen.items() if times > 1] == []


def test_ids_are_unique_and_unbroken():
    ids = [str(mail["Message-ID"]) for mail in PARSED.values()]

    assert len(set(ids)) == len(ids)
    assert all(re.fullmatch(r"<[^<>\s=?]+@[\w.-]+>", one) for one in ids)
    for mail in PARSED.values():
        for one in [
            *str(mail.get("References", "")).split(),
            str(mail.get("In-Reply-To") or ids[0]),
        ]:
            assert one in ids


def test_an_answer_is_younger_than_what_it_answers():
    at = {one.name: one.at for one in PRACTICE}

    early = [one.name for one in letters() if one.parent and at[one.name] <= at[one.parent]]

    assert early == []


def test_they_are_spread_over_the_last_days():
    there = [one.at for one in PRACTICE if not one.comes_after]
    late = [one.comes_after for one in PRACTICE if one.comes_after]

    assert BEGUN - timedelta(days=11) < min(there) < BEGUN - timedelta(days=9)
    assert BEGUN - timedelta(minutes=10) < max(there) < BEGUN
    assert 15 <= len(late) <= 35
    assert max(late) < timedelta(minutes=2)


def test_the_outage_is_a_burst_within_the_hour():
    burst = [one.at for one in PRACTICE if re.fullmatch(r"out-([1-9]|1[0-2])", one.name)]

    assert len(burst) == 12
    assert max(burst) - min(burst) < timedelta(hours=1)


def test_the_same_moment_gives_the_same_bytes():
    again = {one.name: one.raw for one in mails.practice_mails(BEGUN)}

    assert again == {one.name: one.raw for one in PRACTICE}


def test_a_mail_that_comes_late_is_dated_when_it_comes():
    late = next(one for one in PRACTICE if one.comes_after)
    came = BEGUN + timedelta(hours=3)

    mail = message_from_bytes(late.dated(came), policy=default)

    assert mail["Date"].datetime == came
    assert mail["Message-ID"] == late.message_id


@pytest.mark.parametrize(
    ("mime", "begins"),
    [
        ("image/png", b"\x89PNG\r\n"),
        ("application/pdf", b"%PDF-1.4"),
        ("application/json", b"{"),
        ("text/plain", b""),
    ],
)
def test_attachments_are_what_they_say(mime, begins):
    found = [
        part.get_payload(decode=True)
        for mail in PARSED.values()
        for part in mail.iter_attachments()
        if part.get_content_type() == mime
    ]

    assert found
    assert all(one.startswith(begins) for one in found)


def test_a_bounce_names_the_mail_that_did_not_arrive():
    bounce = PARSED["bounce"]
    parts = list(bounce.iter_parts())

    assert bounce.get_content_type() == "multipart/report"
    assert bounce.get_param("report-type") == "delivery-status"
    assert [one.get_content_type() for one in parts] == [
        "text/plain",
        "message/delivery-status",
        "text/rfc822-headers",
    ]
    assert str(PARSED["bounced-reply-ours"]["Message-ID"]) in parts[2].get_payload()


def test_clusters_tell_of_one_bug_in_different_words():
    clusters = Counter(re.sub(r"-\d$", "", name) for name in PARSED if re.search(r"-\d$", name))

    assert clusters["twice"] >= 5
    assert clusters["umlaut"] >= 4
    assert clusters["listen"] >= 3
    assert clusters["plus"] >= 3


def test_scripts_and_mail_programs_vary():
    texts = "".join(text_of(mail) for mail in PARSED.values())

    assert re.search("[぀-ヿ]", texts)
    assert re.search("[؀-ۿ]", texts)
    assert re.search("[😀-🙏]", texts)
    assert PARSED["umlaut-2"].get_body(("plain",)).get_content_charset() == "iso-2022-jp"
    assert PARSED["newsletter"].get_content_type() == "text/html"
    assert len({LETTERS[name].client for name in PARSED}) >= 8


def test_what_was_answered_is_marked_so():
    flags = {one.name: one.flags for one in PRACTICE}

    assert flags["twice-1"] == ("\\Answered", "\\Seen")
    assert flags["twice-1-ours"] == ("\\Seen",)
    assert flags["cancel"] == ()


def test_our_answers_come_from_the_support_address():
    ours = [PARSED[one.name] for one in PRACTICE if one.folder == "Sent"]

    assert all(place.ADDRESS in str(one["From"]) for one in ours)
