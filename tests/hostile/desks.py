"""A desk on which every text that a stranger or a colleague wrote is an attack.

Written past the parser, so that what stands between the desk and the terminal is tried alone.
"""

import json
from datetime import timedelta

from storage.changes.desk import SetDesk
from storage.changes.ticket import AddNote, LinkArticle, LinkBug, LinkFeature
from storage.changes.work import FileBug, FileFeature
from storage.records import keys
from storage.records.facts import Fact, Stamped
from storage.records.ids import BugId, FeatureId, NoteId, random_uid
from storage.records.local import DraftSaved, EngineSaid, OutboxAdded, OutboxMoved
from storage.records.mail import Address, MailPart
from storage.records.ticket import KbLink
from storage.records.words import AfterSend, OutboxState
from storage.records.work import BugForm
from storage.store import Desk
from tests.factories import (
    ANA,
    NOW,
    SUPPORT,
    a_body,
    a_mail,
    an_article,
    now_ms,
    receive,
    some_headers,
)

STAMP = now_ms().to_bytes(6, "big") + b"\x70\x00\x80" + bytes(7)
CONFIG = '[me]\nname = "Ana"\nemail = "ana@desk.example"\n'
ATTACKS = (
    "\x1b]0;PWNED\x07",
    "\x1b]52;c;UFdORUQ=\x1b\\",
    "\x1b[2J\x1b[H\x1b[6n\x1bc",
    "\x9b2J\x9d52;c;UFdORUQ=\x9c\x90q\x9c",
    "\x1bP+q544e\x1b\\\x1b_Gi=1,a=T;AAAA\x1b\\",
    "\x1b]8;;file:///etc/passwd\x1b\\link\x1b]8;;\x1b\\",
    "\x00\x07\x08\x0b\x0c\x0e\x7f",
    "\u202egpj.exe\u2066\u200b\u2028\ufeff",
    "[@click=app.quit]Re: [/bar][/][red]invoice[link=https://x]",
    "$(touch pwned) `touch pwned` ; touch pwned",
    "e" + "\u0301" * 100,
    "\u8a9e" * 200,
    "\ufdfd" * 20,
)
HOSTILE = " ".join(ATTACKS)
LINES = "\r".join(("safe", *ATTACKS)) + "\n" + "\u8a9e" * 10_000 + "\n\x1b]"


def write_config(folder):
    path = folder / "config.toml"
    path.touch(0o600)
    path.write_text(CONFIG)
    return path


def a_plain_desk(folder, *subjects):
    """Make a desk with one ticket a subject; return its folder."""
    with Desk(folder) as desk:
        _begin(desk, area="general", name="Ana")
        for subject in subjects:
            receive(desk, a_mail(subject=subject))
    return folder


def a_hostile_desk(folder):
    """Make a desk that attacks whoever looks at it; return the uids of its tickets."""
    with Desk(folder) as desk:
        _begin(desk, area=HOSTILE, name=HOSTILE)
        # the first of the list is the one with everything on it
        tickets = [_ticket(desk, HOSTILE, age=1), *(_ticket(desk, one) for one in ATTACKS)]
        _links(desk, tickets[0])
        _outbox(desk, tickets[0])
        status = {"state": "waiting", "error": HOSTILE, "progress": HOSTILE, "version": HOSTILE}
        status |= dict.fromkeys(("since", "synced_at", "next_try"))
        desk.write(EngineSaid(status=json.dumps(status)))
    return tickets


def _begin(desk, *, area, name):
    desk.commit(
        SetDesk(key="address", value=SUPPORT),
        SetDesk(key="areas", value=["general", area]),
        SetDesk(key="engineer:ana@desk.example", value="Ana"),
        SetDesk(key="engineer:ben@desk.example", value=name),
        actor=ANA,
    )


def _ticket(desk, attack, *, age=0):
    part = MailPart(part="2", filename=attack, mime=attack, size=7, content=b"content")
    headers = some_headers(
        subject=attack,
        sender=Address(attack, "zoe@acme.example"),
        cc=(Address(attack, f"{attack}@evil.example"),),
        defects=(attack,),
        at=NOW - timedelta(days=age),
    )
    mail = a_mail()
    body = a_body(
        f"{attack}\n{LINES}\nhttps://ok.example/{attack}", parts=(part,), defects=(attack,)
    )
    return receive(desk, type(mail)(headers=headers, body=body))


def _links(desk, uid):
    article = an_article(
        desk, title=HOSTILE, text=f"# {HOSTILE}\n\n[x](file:///etc/passwd)\n{LINES}"
    )
    form = BugForm(
        title=HOSTILE, steps=LINES, expected=HOSTILE, actual=LINES, environment=HOSTILE,
        impact=HOSTILE, workaround=HOSTILE, links=(f"https://x.example/{HOSTILE}",),
    )  # fmt: skip
    bug, request = BugId(random_uid()), FeatureId(random_uid())
    desk.commit(
        FileBug(bug_id=bug, form=form),
        FileFeature(feature_id=request, title=HOSTILE, detail=LINES),
        actor=ANA,
    )
    desk.commit(
        LinkArticle(ticket_id=uid, link=KbLink(target=article)),
        LinkBug(ticket_id=uid, bug_id=bug),
        LinkFeature(ticket_id=uid, feature_id=request),
        AddNote(ticket_id=uid, note_id=NoteId(random_uid()), text=LINES),
        actor=ANA,
    )
    stamped = Stamped(
        stamp=STAMP, change=STAMP, kind="ticket.tag", actor=HOSTILE,
        fact=Fact(keys.ticket(uid), f"{keys.TAG}{HOSTILE}", value=True),
    )  # fmt: skip
    desk.absorb([stamped])


def _outbox(desk, uid):
    evil = Address(HOSTILE, f"{HOSTILE}@evil.example")
    row = OutboxAdded(
        id=random_uid(), ticket_uid=uid, message_id="x@y", sender=SUPPORT, to=(evil,), cc=(evil,),
        envelope=("a@evil.example",), subject=HOSTILE, text=LINES, mime=b"", basis=(),
        after=AfterSend.NOTHING, actor=ANA, queued_ms=now_ms(), not_before_ms=now_ms(),
    )  # fmt: skip
    moved = OutboxMoved(id=row.id, ticket_uid=uid, state=OutboxState.FAILED, error=HOSTILE)
    draft = DraftSaved(ticket_uid=uid, is_note=False, text=LINES, to=(evil,), saved_ms=now_ms())
    desk.write(row, moved, draft)
