"""How long a key takes in a list of 100,000 tickets, from the key to the last byte painted.

Runs the real list, painter and theme in a pty of 200x50 over a SQLite file, and types.
    .venv/bin/python bench/list.py [rows]
"""

import argparse
import asyncio
import sqlite3
import statistics
import sys
import tempfile
from bisect import bisect_right
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import ClassVar

from ground import numbers
from ground.terminal import COLUMNS, LINES, Terminal

ANCHOR_EVERY = 1024
NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
KEYS = {"j": b"j", "k": b"k", "page down": b" ", "page up": b"b", "G and g": b"Gg"}
"What is typed, one letter after the other and again."


def make_desk(path, rows):
    """Write `rows` tickets, enough like real ones that painting them is honest work."""
    conn = sqlite3.connect(path)
    conn.execute("CREATE TABLE ticket (id TEXT PRIMARY KEY, activity INTEGER, n INTEGER)")
    conn.execute("CREATE INDEX by_activity ON ticket (activity DESC, id DESC)")
    conn.executemany(
        "INSERT INTO ticket VALUES (?, ?, ?)",
        ((f"{n * 7919 % 10**9:09}", n * 37, n) for n in range(rows)),
    )
    conn.commit()
    conn.close()


class SqlSource:
    """Keyset pages with sparse anchors, as a desk has them: nothing is read by OFFSET from 0."""

    def __init__(self, path):
        self.conn = sqlite3.connect(f"file:{path}?mode=ro", uri=True, check_same_thread=False)
        self.anchors = []

    def key(self, row):
        return row.id

    async def run(self, function, *values):
        return await asyncio.to_thread(function, *values)

    async def count(self):
        return await self.run(self._count)

    async def page(self, first, limit, *, near=None):
        return await self.run(self._page, first, limit, near)

    async def locate(self, key):
        return await self.run(self._locate, key)

    def _count(self):
        rows = self.conn.execute("SELECT activity, id FROM ticket ORDER BY activity DESC, id DESC")
        self.anchors = [row for place, row in enumerate(rows) if place % ANCHOR_EVERY == 0]
        return self.conn.execute("SELECT count(*) FROM ticket").fetchone()[0]

    def _page(self, first, limit, near):
        if near is not None and near.index < first:
            sort, skip, op = self._sort(near.row), first - near.index - 1, "<"
        else:
            anchor = max(bisect_right(range(0, len(self.anchors) * 1024, 1024), first) - 1, 0)
            sort, skip, op = self.anchors[anchor], first - anchor * ANCHOR_EVERY, "<="
        sql = (
            f"SELECT id, activity, n FROM ticket WHERE (activity, id) {op} (?, ?)"  # noqa: S608 - '<' or '<='
            " ORDER BY activity DESC, id DESC LIMIT ? OFFSET ?"
        )
        return [a_ticket(*row) for row in self.conn.execute(sql, (*sort, limit, skip))]

    def _locate(self, key):
        found = self.conn.execute("SELECT activity, id FROM ticket WHERE id = ?", (key,)).fetchone()
        if found is None:
            return None
        anchor = next(
            (n for n in range(len(self.anchors) - 1, -1, -1) if self.anchors[n] >= found), 0
        )
        sql = (
            "SELECT count(*) FROM ticket WHERE (activity, id) <= (?, ?) AND (activity, id) > (?, ?)"
        )
        return (
            anchor * ANCHOR_EVERY
            + self.conn.execute(sql, (*self.anchors[anchor], *found)).fetchone()[0]
        )

    def _sort(self, row):
        return (round(row.activity_at.timestamp()), row.id)


def a_ticket(uid, activity, n):
    from storage.records.mail import Address
    from storage.records.ticket import KbLink, TicketSummary
    from storage.records.words import Category, Direction, Priority, Status

    subjects = (
        "Webhooks stopped arriving",
        "請求書が届きません",
        "[Acme] invoice is wrong",
        "Grüße",
    )
    at = datetime.fromtimestamp(activity, UTC)
    return TicketSummary(
        id=uid,
        handle=uid[:4],
        subject=f"{subjects[n % 4]} {n}",
        requester=Address(f"Zoe Marlowe {n % 977}", "zoe@acme.example"),
        status=tuple(Status)[n % 5],
        category=tuple(Category)[n % 6] if n % 3 else None,
        area="webhooks",
        assignee="ana@northwind.example" if n % 2 else None,
        priority=tuple(Priority)[n % 4],
        channel="email",
        tags=(),
        kb_links=(KbLink(target="A1"),) if n % 4 else (),
        bugs=(),
        features=(),
        created_at=at,
        activity_at=at,
        first_response_at=None,
        ended_at=None,
        snoozed_until=None,
        due_at=NOW + timedelta(minutes=n % 600 - 100) if n % 3 else None,
        messages=n % 7 + 1,
        unread=n % 3 == 0,
        last_from=Direction.IN,
        snippet="Since this morning none of our endpoints has seen an event, and the log says 410.",
        reopened_why="",
        reply_waiting=n % 40 == 0,
        fetching=False,
    )


def child(path):
    from textual.app import App
    from textual.screen import Screen

    import themes
    from themes.palettes import DARK
    from widgets.footer_line import FooterLine
    from widgets.status_line import StatusLine
    from widgets.ticket_row import TicketPainter
    from widgets.virtual_list import VirtualList

    class Blank(Screen):
        BLANK = True

    class Bench(App):
        CSS_PATH = Path(themes.__file__).parent / "app.tcss"
        BINDINGS: ClassVar = [
            (key, f"go('{name}', {amount})", "")
            for key, name, amount in (
                ("j", "move", 1),
                ("k", "move", -1),
                ("space", "move_pages", 1),
                ("b", "move_pages", -1),
                ("g", "move_to", 0),
                ("G", "move_to_end", None),
            )
        ]

        def get_default_screen(self):
            return Blank()

        def __init__(self):
            super().__init__()
            self.register_theme(DARK)
            self.theme = DARK.name

        def on_mount(self):
            self.query_one(VirtualList).focus()

        def compose(self):
            rows = VirtualList(TicketPainter(), source=SqlSource(path))
            rows.set_reactive(VirtualList.now, NOW)
            yield rows
            yield StatusLine()
            yield FooterLine()

        def action_go(self, name, amount):
            method = getattr(self.query_one(VirtualList), name)
            method() if amount is None else method(amount)

    Bench().run()


def report(name, took, sizes, cpu):
    print(
        f"{name:12} p50 {statistics.median(took):6.1f} ms   p95 {numbers.p95(took):6.1f} ms   "
        f"cpu {cpu / len(took):5.1f} ms   {statistics.median(sizes):6.0f} bytes"
    )


def main():
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("rows", nargs="?", type=int, default=100_000)
    options.add_argument("--times", type=int, default=60)
    options.add_argument("--child", help=argparse.SUPPRESS)
    asked = options.parse_args()
    if asked.child:
        child(asked.child)
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "desk.db"
        make_desk(path, asked.rows)
        terminal = Terminal([sys.executable, __file__, "--child", str(path)])
        terminal.read_until_silent(silence=2.0)
        print(
            f"{asked.rows:,} rows, {COLUMNS}x{LINES}, {asked.times} presses each, {numbers.machine()}"
        )
        for name, key in KEYS.items():
            before = terminal.cpu_ms()
            pressed = [terminal.press(key[n % len(key) :][:1]) for n in range(asked.times)]
            took, sizes = [one.last_ms for one in pressed], [one.size for one in pressed]
            report(name, took, sizes, terminal.cpu_ms() - before)
        print(f"memory {terminal.memory_mb():.0f} MB (PSS)")
        terminal.end()


if __name__ == "__main__":
    main()
