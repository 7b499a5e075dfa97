"""What a colleague's newer rotadesk said, or somebody else: kept, passed over, told."""

import pytest

from storage.db.readonly import Reader
from storage.journal import facts_after
from storage.queries import whole
from storage.records import keys
from storage.records.facts import Fact, Stamped
from tests.cli import CommandLine
from tests.factories import BEN, a_mail, receive, summary

UID = "A" * 16


def said(entity, key, value, *, number=1):
    return Stamped(
        stamp=(1_700_000_000_000).to_bytes(6, "big") + number.to_bytes(10, "big"),
        change=b"c" * 16,
        kind="x.y",
        actor=BEN,
        fact=Fact(entity, key, value),
    )


def shown(desk, uid):
    with Reader(desk.folder) as reader:
        return whole.ticket(reader.run, uid)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        (keys.AREA, ["mail", "web"]),
        (keys.SEEN, 5),
        (keys.SNOOZED_UNTIL, (1 << 63) - 1),
        (keys.SNOOZED_UNTIL, 1 << 60),
        (keys.CLOCK, 1 << 60),
        (keys.CLOCK, -1),
        (keys.STATUS, {"is": "closed"}),
        ("note:" + UID, ["no text"]),
    ],
)
def test_what_this_version_cannot_read_is_kept_and_passed_over(desk, key, value):
    mail = a_mail()
    uid = receive(desk, mail)
    desk.absorb([said(keys.ticket(uid), keys.SEEN, [mail.headers.key[:8].hex()])])
    before = shown(desk, uid)

    desk.absorb([odd := said(keys.ticket(uid), key, value, number=2)])
    desk.rebuild()

    assert odd in desk.read(facts_after, b"")
    assert shown(desk, uid) == before


def test_what_was_said_before_it_holds(desk):
    uid = receive(desk, a_mail())

    desk.absorb(
        [
            said(keys.ticket(uid), keys.AREA, "mail"),
            said(keys.ticket(uid), keys.AREA, {"newer": "form"}, number=2),
        ]
    )

    assert summary(desk, uid).area == "mail"


def test_a_key_of_a_newer_rotadesk_is_kept_and_no_trouble(desk, rotadesk):
    uid = receive(desk, a_mail())

    desk.absorb([odd := said(keys.ticket(uid), "mood", {"any": ["thing", 1]})])

    assert odd in desk.read(facts_after, b"")
    assert decisions(rotadesk)[0]["state"] == "ok"


def test_doctor_says_how_many_are_not_understood_and_whose_they_are(desk, rotadesk):
    uid = receive(desk, a_mail())

    desk.absorb([said(keys.ticket(uid), keys.AREA, 5), said("message:zz", "ticket", UID, number=2)])

    (told,) = decisions(rotadesk)
    assert told["state"] == "warning"
    assert told["message"].startswith("2 of ")
    assert BEN in told["message"]


def test_doctor_says_how_many_were_left_out(desk, rotadesk):
    for _ in range(2):
        desk.absorb([said("macro:x", "text", "\ud800")])

    _, told = decisions(rotadesk)
    assert told["message"].startswith("2 came from colleagues")


def test_an_export_of_it_comes_back(desk, rotadesk, tmp_path, config, capsys):
    uid = receive(desk, a_mail())
    desk.absorb([said(keys.ticket(uid), keys.AREA, 5)])
    out = tmp_path / "out"

    assert rotadesk("export", out).status == 0
    assert '"value":5' in (out / "facts-unread.jsonl").read_text()
    other = CommandLine(tmp_path / "other", config, capsys)
    assert other("import", "desk", out).one["same"] is True


def decisions(rotadesk):
    told = rotadesk("doctor", "--offline").one
    return [one for one in told["checks"] if one["name"] == "decisions"]
