"""Before boarding everything comes; after the journey the engine tells what happened."""

import json
import os
import time
from dataclasses import replace

import pytest

from console import engine_watch, kept_files
from console.cli import offline
from storage.db.locks import ENGINE, RoleLock
from storage.errors import ServerError
from storage.mail.compose import OutgoingFile
from storage.records.local import AllUnwished, AllWished, EngineSaid
from storage.sync.orders import engine_on
from storage.sync.room import Room
from storage.sync.stop import Stop
from storage.sync.summary import GaveUpError
from tests.imap.engine_ground import NOWHERE, a_mail, session_of, wait_until
from tests.imap.proxy import proxied
from tests.imap.test_bad_lines import running
from tests.imap.test_large_mail import MB, file_of, offsets, video, wish, with_video


def write(ground, row):
    with ground.desk() as desk:
        desk.write(row)


def put_away(ground):
    """Take every file away, as if there were no room for it."""
    with ground.desk() as desk, desk.writing() as conn:
        conn.exec_driver_sql("UPDATE attachment SET kept=0")
    for path in (ground.folder / "files").glob("??/*"):
        path.unlink()


def files(ground):
    return [path for path in (ground.folder / "files").glob("??/*") if path.is_file()]


def test_what_is_missing_is_told_and_comes_when_everything_is_asked_for(ground):
    ground.server.append(ground.user, a_mail(1), with_video(2, 300_000))
    ground.once()
    put_away(ground)
    ground.server.append(ground.user, with_video(3, 5 * MB))
    ground.once()
    told = ground.status()
    assert (told["texts_missing"], told["files_missing"]) == (0, 2)
    assert 7 * MB < told["bytes_missing"] < 8 * MB

    write(ground, AllWished(at_ms=1))
    ground.once()

    assert len(files(ground)) == 2
    assert ground.count("message", "has_body=0") == ground.count("attachment", "kept=0") == 0
    assert ground.count("wish") == 0
    assert ground.status()["files_missing"] == 0
    ground.assert_alike("INBOX")


def test_what_was_asked_for_at_leisure_can_be_taken_back(ground):
    ground.server.append(ground.user, with_video(3, 5 * MB))
    ground.once()
    write(ground, AllWished(at_ms=1))
    write(ground, AllUnwished())
    with proxied(ground.server.port) as proxy:
        ground.imap = proxy.address()

        ground.once()

    assert offsets(proxy.heard) == []
    assert ground.count("message", "has_body=0") == 1


def test_the_command_fetches_everything_where_no_engine_runs(ground):
    ground.server.append(ground.user, with_video(3, 5 * MB))

    with ground.process("offline", "--json") as command:
        out, _ = command.communicate(timeout=30)

    assert json.loads(out) == {"texts": 0, "files": 0, "bytes": 0}
    assert ground.count("message", "has_body=1") == 1


def test_the_command_lets_a_running_engine_fetch(ground):
    ground.server.append(ground.user, with_video(3, 5 * MB))
    with running(ground):
        wait_until(lambda: ground.state() == "idle")
        with ground.process("offline", "--show") as command:
            shown, _ = command.communicate(timeout=30)
        with ground.process("offline") as command:
            out, err = command.communicate(timeout=30)

    assert shown == "All text here, 1 file, 7 MB, is not.\n"
    assert out == "Every text and every file is here.\n"
    assert "1 file, 7 MB to come." in err


def test_after_a_long_time_without_the_server_it_is_told_what_came(ground):
    ground.server.append(ground.user, a_mail(1))
    ground.once()
    long_ago = ground.status() | {"synced_at": time.time_ns() // 1_000_000 - 3 * 3_600_000}
    write(ground, EngineSaid(status=json.dumps(long_ago)))
    ground.server.append(ground.user, a_mail(2), a_mail(3))

    with running(ground):
        wait_until(lambda: ground.status()["back_ms"] > 0)

    assert ground.status()["back_came"] == 2


def test_a_short_time_without_the_server_is_no_journey(ground):
    ground.server.append(ground.user, a_mail(1))
    ground.once()
    ground.server.append(ground.user, a_mail(2))

    with running(ground):
        wait_until(lambda: ground.state() == "idle")

    assert ground.status()["back_ms"] == 0


def a_cap(ground, megabytes):
    """Return what an engine is told when files may take so much."""
    given = ground.orders().give_setup()
    setup = replace(given, most_file_bytes=int(megabytes * MB))
    return {"give_setup": lambda: setup}


def kept(ground):
    """Return the numbers of the mails whose file is here, by their rows and by the disk."""
    rows = ground.rows(
        "SELECT m.msgid, a.kept, a.sha256 FROM attachment a JOIN message m ON m.id=a.message_id"
    )
    on_disk = {path.name for path in files(ground)}
    assert all(bool(is_kept) == (digest.hex() in on_disk) for _, is_kept, digest in rows)
    return sorted(int(msgid[1]) for msgid, is_kept, _ in rows if is_kept)


def used(ground, number, at):
    ((digest,),) = ground.rows(
        "SELECT a.sha256 FROM attachment a JOIN message m ON m.id=a.message_id WHERE m.msgid=?",
        f"v{number}@acme.example",
    )
    os.utime(ground.folder / "files" / digest.hex()[:2] / digest.hex(), (at, at))


def test_files_beyond_the_cap_go_the_least_used_first_and_come_back_when_opened(ground):
    ground.server.append(ground.user, *(with_video(n, MB) for n in range(1, 5)))
    ground.once()
    for at, number in enumerate([2, 4, 1, 3]):
        used(ground, number, 1_000 + at)

    ground.once(**a_cap(ground, 2.5))

    assert kept(ground) == [1, 3]
    assert ground.status()["files_missing"] == 2
    wish(ground, "v2@acme.example", at_ms=1)
    ground.once()
    assert kept(ground) == [1, 2, 3]
    assert file_of(ground, "v2@acme.example") == video(2, MB)
    ground.assert_alike("INBOX")


def test_no_file_goes_that_the_server_no_longer_has(ground):
    uids = ground.server.append(ground.user, *(with_video(n, MB) for n in range(1, 5)))
    ground.once()
    ground.server.expunge(ground.user, uids[:2])
    ground.once()
    for number in (1, 2):
        used(ground, number, 1_000)

    ground.once(**a_cap(ground, 1))

    assert kept(ground) == [1, 2]


def test_no_file_goes_whose_mail_left_the_server_a_moment_ago(ground):
    uids = ground.server.append(ground.user, with_video(1, MB))
    ground.once()
    used(ground, 1, 1_000)
    with session_of(ground, **a_cap(ground, 0.5)) as session:
        session.look()
        ground.server.expunge(ground.user, uids)

        while session.step():
            pass

    assert kept(ground) == [1]


def test_no_file_goes_that_somebody_puts_into_a_draft_meanwhile(ground):
    ground.server.append(ground.user, with_video(1, MB), with_video(2, MB))
    ground.once()
    for number in (1, 2):
        used(ground, number, 1_000)
    same = OutgoingFile(filename="v.mp4", mime="video/mp4", content=video(1, MB))
    draft = []

    def attach():
        draft.extend(kept_files.keep(ground.folder, [same]))

    with engine_on(ground.folder, ground.orders(), Stop()) as kit:
        ids = [folder_id for (folder_id,) in ground.rows("SELECT id FROM folder")]
        Room(kit, most_bytes=MB // 2, folders=ids, look=attach).make()

    assert len(kept_files.found(ground.folder, draft)) == 1
    assert kept(ground) == [1]


def test_nothing_goes_that_was_fetched_for_a_journey(ground):
    ground.server.append(ground.user, *(with_video(n, MB) for n in range(1, 4)))
    ground.once()
    write(ground, AllWished(at_ms=time.time_ns() // 1_000_000))

    ground.once(**a_cap(ground, 1))

    assert kept(ground) == [1, 2, 3]


def test_an_engine_that_begins_without_the_server_still_tells_what_is_missing(ground):
    ground.server.append(ground.user, with_video(1, 5 * MB))
    ground.once()
    before = ground.status()

    ground.imap = NOWHERE
    with pytest.raises(GaveUpError):
        ground.once()

    told = ground.status()
    assert told["files_missing"] == before["files_missing"] == 1
    assert told["synced_at"] == before["synced_at"]


def test_who_waits_for_an_engine_that_does_not_answer_is_told(ground, monkeypatch):
    monkeypatch.setattr(engine_watch, "SILENT_SECONDS", 0.0)
    ground.server.append(ground.user, with_video(1, MB))
    ground.once()
    put_away(ground)
    write(ground, AllWished(at_ms=1))
    status = {"state": "idle", "pid": os.getpid()}
    write(ground, EngineSaid(status=json.dumps(status)))
    engine = RoleLock(ground.folder, ENGINE)
    engine.take()

    try:
        with pytest.raises(ServerError, match="does not answer"):
            offline._follow(Silent(), ground.folder)
    finally:
        engine.release()


class Silent:
    """A command line that nobody reads."""

    def say(self, line):
        pass
