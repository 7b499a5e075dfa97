"""Which files may be put away: only what the server gives again, and what nothing here needs."""

import hashlib
import os
from dataclasses import replace

import pytest

from storage.db.blobs import Blobs
from storage.intake import arrivals, files
from storage.records.local import DraftSaved
from storage.records.mail import MailPart
from storage.records.ticket import DraftFile
from tests.factories import a_mail, never_ours, now_ms, receive

CONTENT = b"the same logo"
DIGEST = hashlib.sha256(CONTENT).digest()


def with_file(**headers):
    mail = a_mail(**headers)
    part = MailPart(part="2", filename="logo.png", mime="image/png", size=13, content=CONTENT)
    return replace(mail, body=replace(mail.body, parts=(part,)))


def put_away(desk, *, folders=(1,)):
    with desk.writing() as conn:
        return files.put_away(conn, [DIGEST], folders=folders)


def run(desk, sql, *values):
    with desk.writing() as conn:
        return conn.exec_driver_sql(sql, values)


def test_a_file_that_the_server_still_has_may_go(desk):
    receive(desk, with_file(), with_file(subject="Another"))

    assert put_away(desk) == {DIGEST}

    with desk.writing() as conn:
        assert files.unneeded(conn, [DIGEST]) == {DIGEST}


def test_a_file_stays_that_one_of_its_mails_needs(desk):
    receive(desk, with_file())
    with desk.writing() as conn:
        mail = with_file(subject="Imported")
        arrivals.whole(
            conn, [(b"Subject: x\r\n\r\n", mail)], prove=never_ours, blobs=Blobs(desk.folder)
        )

    assert put_away(desk) == frozenset()


@pytest.mark.parametrize(
    "lost",
    [
        "DELETE FROM place",
        "UPDATE place SET checked=0",
        "UPDATE message SET content_hash=NULL",
        "UPDATE message SET raw=x'00'",
    ],
)
def test_a_file_stays_that_could_not_be_fetched_again(desk, lost):
    receive(desk, with_file())
    run(desk, lost)

    assert put_away(desk) == frozenset()


def test_a_file_stays_whose_folder_is_not_read_any_more(desk):
    receive(desk, with_file())

    assert put_away(desk, folders=(2,)) == frozenset()


def test_a_file_stays_that_goes_along_with_a_draft(desk):
    ticket = receive(desk, with_file())
    kept = DraftFile(filename="logo.png", mime="image/png", size=13, sha256=DIGEST.hex())
    desk.write(
        DraftSaved(ticket_uid=ticket, is_note=False, text="", saved_ms=now_ms(), files=(kept,))
    )

    assert put_away(desk) == frozenset()
    run(desk, "UPDATE attachment SET kept=0")
    with desk.writing() as conn:
        assert files.unneeded(conn, [DIGEST]) == frozenset()


def test_a_file_that_comes_with_another_mail_is_here_again_for_all(desk):
    receive(desk, with_file())
    put_away(desk)

    receive(desk, with_file(subject="The same logo once more"))

    assert run(desk, "SELECT count(*) FROM attachment WHERE kept=1").scalar() == 2
    with desk.writing() as conn:
        assert files.unneeded(conn, [DIGEST]) == frozenset()


def test_a_file_without_any_row_is_needed_by_nothing(desk):
    with desk.writing() as conn:
        assert files.unneeded(conn, [DIGEST]) == {DIGEST}


def test_whoever_reads_a_file_that_goes_reads_it_to_its_end(desk):
    blobs = Blobs(desk.folder)
    blobs.put(CONTENT)
    with blobs.path(DIGEST).open("rb") as file:
        blobs.remove(DIGEST)

        assert file.read() == CONTENT


def test_a_file_that_is_read_counts_as_used(desk):
    blobs = Blobs(desk.folder)
    blobs.put(CONTENT)
    os.utime(blobs.path(DIGEST), (1, 1))

    blobs.read(DIGEST)

    (kept,) = blobs.every()
    assert kept.used_at > 1
