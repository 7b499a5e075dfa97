"""The same mail for neomutt: a maildir, and the configuration that is kindest to it."""

import sqlite3
import time
from pathlib import Path

MUTTRC = """\
set folder = "{folder}"
set spool_file = "{folder}/mail"
set mbox_type = Maildir
set header_cache = "{folder}/headers"
set sort = date
set quit = yes
set collapse_unread = no
set mail_check = 600
set timeout = 600
"""


def muttrc(desk: Path) -> Path:
    """Write the first mail of every ticket of `desk` beside it, once; return the configuration."""
    folder = desk / "peer"
    config = folder / "muttrc"
    if config.exists():
        return config
    for name in ("new", "cur", "tmp"):
        (folder / "mail" / name).mkdir(parents=True, exist_ok=True)
    conn = sqlite3.connect(f"file:{desk / 'desk.db'}?mode=ro", uri=True)
    first = conn.execute(
        "SELECT min(m.id), m.from_name, m.from_addr, m.subject, m.date_ms, m.msgid, x.body"
        " FROM message m JOIN message_text x ON x.id=m.id GROUP BY m.ticket_uid"
    )
    for number, name, sender, subject, date_ms, msgid, body in first:
        date = time.strftime("%a, %d %b %Y %H:%M:%S +0000", time.gmtime(date_ms / 1000))
        text = (
            f"From: {name} <{sender}>\nTo: support@desk.example\nSubject: {subject}\n"
            f"Date: {date}\nMessage-ID: <{msgid}>\n\n{body}\n"
        )
        (folder / "mail" / "cur" / f"{date_ms // 1000}.{number}.bench:2,S").write_text(text)
    config.write_text(MUTTRC.format(folder=folder))
    return config
