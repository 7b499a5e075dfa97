"""Desks with real bytes in them, and all that must be the same when one becomes another."""

from datetime import timedelta

from storage.db.blobs import Blobs
from storage.db.readonly import Reader
from storage.intake import arrivals, bodies, folders
from storage.mail.headers import parse_headers
from storage.mail.parse import parse_body
from storage.portable.checked import Folder
from storage.portable.export import Export
from storage.portable.folder import OutFolder
from storage.portable.restore import Restore
from storage.records.mail import IncomingBody, IncomingHeaders, Place
from storage.records.words import FolderRole
from storage.store import Desk
from tests.factories import NOW, SUPPORT, never_ours

# numbers of rows that mean nothing are left out, and what lies on the server
_TABLES = {
    "ticket": {"id"},
    "ticket_link": set(),
    "note": {"id"},
    "article": {"id"},
    "article_revision": set(),
    "bug": set(),
    "feature": set(),
    "setting": set(),
    "alias": {"component"},
    "journal": set(),
    "message": {"component"},
    "message_text": set(),
    "attachment": {"id"},
}


def dump(desk):
    """Everything that a desk holds and that is not this machine's own."""
    with desk.writing() as conn:
        rows = []
        for table, passed in _TABLES.items():
            found = conn.exec_driver_sql(f"SELECT * FROM {table}").mappings()
            rows += sorted(
                f"{table} { ({k: v for k, v in row.items() if k not in passed}) }" for row in found
            )
        return rows


def moved(desk, folder):
    """Return a new desk in `folder` made of an export of this one."""
    with Reader(desk.folder) as reader, reader.snapshot(), OutFolder(folder / "export") as out:
        export = Export(run=reader.run, blobs=Blobs(desk.folder), out=out, step=lambda: None)
        export.mails()
        export.tickets()
        export.facts()
        export.work()
        export.finish(program="0", address=SUPPORT)
    made = Desk(folder / "made", clock=desk.now_ms)
    restore = Restore(desk=made, folder=Folder(folder / "export"), step=lambda _: None)
    restore.check()
    assert restore.take().is_same
    return made


def a_raw(
    name,
    subject="Webhooks arrive twice",
    *,
    sender="zoe@acme.example",
    to="support@desk.example",
    answers=(),
    text="It is broken since Monday.",
    more="",
    at=NOW,
):
    """A mail as it travels."""
    references = f"References: {' '.join(f'<{one}@acme.example>' for one in answers)}\r\n"
    return (
        f"From: Somebody <{sender}>\r\nTo: {to}\r\nSubject: {subject}\r\n"
        f"Date: {at:%a, %d %b %Y %H:%M:%S +0000}\r\nMessage-ID: <{name}@acme.example>\r\n"
        f"{references if answers else ''}{more}\r\n{text}\r\n"
    ).encode()


def with_a_file(name, **values):
    text = (
        "--b\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<p>See <b>this</b>,\u00e9\r\n<p>From here\r\n"
        "--b\r\nContent-Type: application/pdf\r\nContent-Transfer-Encoding: base64\r\n"
        'Content-Disposition: attachment; filename="../bill.pdf"\r\n\r\nUERGIGhlcmU=\r\n--b--'
    )
    more = 'MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="b"\r\n'
    return a_raw(name, text=text, more=more, **values)


def receive(desk, *raws, folder="INBOX", role=FolderRole.INTAKE, with_body=True, prove=never_ours):
    """Bring mails in as the engine does, from their bytes."""
    with desk.writing() as conn:
        box = folders.watch(conn, folder, role)
        start = max(folders.places(conn, box.id), default=0) + 1
        parted = [raw.partition(b"\r\n\r\n") for raw in raws]
        heads = [parse_headers(head + gap) for head, gap, _ in parted]
        batch = [
            IncomingHeaders(
                place=Place(
                    folder=folder,
                    uid=start + offset,
                    arrived_at=(found.date or NOW) + timedelta(seconds=3),
                    size=len(raws[offset]),
                ),
                raw=parted[offset][0] + parted[offset][1],
                headers=found,
            )
            for offset, found in enumerate(heads)
        ]
        arrivals.headers(conn, box.id, batch, prove=prove)
        for (head, gap, text), found in zip(parted, heads, strict=True) if with_body else ():
            (row,) = conn.exec_driver_sql(
                "SELECT id FROM message WHERE base_key=?", (found.key,)
            ).fetchone()
            body = IncomingBody(message_id=row, body=parse_body(head + gap, text))
            bodies.bodies(conn, [body], prove=prove, blobs=Blobs(desk.folder))
    return ticket_of(desk, raws[-1])


def ticket_of(desk, raw):
    key = parse_headers(raw).key
    with desk.writing() as conn:
        sql = "SELECT ticket_uid FROM message WHERE base_key=?"
        return conn.exec_driver_sql(sql, (key,)).fetchone()[0]
