"""The console's side of the desk, and what two processes do to each other."""

import asyncio
import subprocess
import sys

import pytest

from storage.changes.ticket import AssignTicket
from storage.db import migrate
from storage.db.hot_reader import HotReader
from storage.db.locks import RoleLock, is_held
from storage.db.wake import CONSOLE, Wake, knock
from storage.errors import DeskUnavailableError
from storage.queries import hot, work
from storage.store import Desk, Store
from tests.factories import ANA, a_mail, receive


async def opened(desk):
    return await Store(desk.folder, actor=ANA).open()


async def test_a_commit_of_the_console_is_seen_by_its_hot_reads(desk):
    ticket_id = receive(desk, a_mail())
    store = await opened(desk)

    await store.commit(AssignTicket(ticket_id=ticket_id, engineer=ANA))

    reader = await HotReader.open(desk.path)
    assert [one.assignee for one in await reader.run(hot.tickets())] == [ANA]
    assert await store.read(work.bugs) == []
    await reader.close()
    await store.close()


async def test_undo_of_the_console_takes_back_what_the_command_line_did(desk):
    ticket_id = receive(desk, a_mail())
    desk.commit(AssignTicket(ticket_id=ticket_id, engineer=ANA), actor=ANA)
    store = await opened(desk)

    await store.undo()

    assert [one.assignee for one in desk.hot(hot.tickets())] == [None]
    await store.close()


async def test_fifty_writes_at_once_all_land(desk):
    tickets = [receive(desk, a_mail(subject=f"s{n}")) for n in range(10)]
    stores = [await opened(desk) for _ in range(2)]

    await asyncio.gather(
        *(
            stores[n % 2].commit(
                AssignTicket(ticket_id=tickets[n % 10], engineer=f"e{n}@x.example")
            )
            for n in range(50)
        )
    )

    with desk.writing() as conn:
        assert (
            conn.exec_driver_sql("SELECT count(*) FROM journal WHERE key='assignee'").scalar() == 50
        )
        assert conn.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"
    for store in stores:
        await store.close()


def test_a_role_has_one_holder_and_goes_with_it(tmp_path):
    first, second = RoleLock(tmp_path, "sync.lock"), RoleLock(tmp_path, "sync.lock")

    assert first.take()
    assert not second.take()
    assert is_held(tmp_path, "sync.lock")
    first.release()
    assert second.take()


def test_a_commit_knocks_on_the_console(desk):
    wake = Wake(desk.folder, CONSOLE)

    receive(desk, a_mail())

    assert wake.drain()
    assert not wake.drain()
    wake.close()
    assert not knock(desk.folder, CONSOLE)


def test_a_newer_desk_is_refused_in_words(desk):
    with desk.writing() as conn:
        conn.exec_driver_sql("PRAGMA user_version=999")

    with pytest.raises(DeskUnavailableError, match="newer rotadesk"):
        Desk(desk.folder)


def test_a_file_that_is_no_desk_is_left_alone(tmp_path):
    (tmp_path / "desk.db").write_bytes(b"this is a letter, not a database" * 50)

    with pytest.raises(DeskUnavailableError, match="damaged"):
        Desk(tmp_path)

    assert (tmp_path / "desk.db").read_bytes().startswith(b"this is a letter")


def test_a_desk_of_another_program_is_left_alone(tmp_path):
    script = f"import sqlite3; c=sqlite3.connect({str(tmp_path / 'desk.db')!r}); c.execute('CREATE TABLE x(y)')"
    subprocess.run([sys.executable, "-c", script], check=True)

    with pytest.raises(DeskUnavailableError, match="not a rotadesk desk"):
        migrate.migrate(tmp_path / "desk.db")


def test_the_columns_that_core_knows_are_those_of_the_schema(desk):
    from storage.db import tables

    with desk.writing() as conn:
        for table in tables.metadata.tables.values():
            rows = conn.exec_driver_sql(f"PRAGMA table_info({table.name})").all()
            assert [row[1] for row in rows] == [column.name for column in table.columns]
            assert [row[2] for row in rows] == [str(column.type) for column in table.columns]
            assert [bool(row[3] or row[5]) for row in rows] == [
                not column.nullable for column in table.columns
            ]
