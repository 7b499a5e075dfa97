"""A mail whose text the server once refused, and a copy of it that has one."""

import json
from pathlib import Path

import pytest

from storage.db.blobs import Blobs
from storage.intake import bodies, folders
from storage.records.mail import IncomingBody, ParsedMail
from storage.records.words import FolderRole
from tests.factories import a_body, never_ours, receive, some_headers, summary

REFUSED = "The server does not give its text."


def test_a_text_that_never_came_is_taken_from_a_copy(desk):
    headers = some_headers()
    refused = ParsedMail(headers=headers, body=a_body("", content_hash=None, defects=(REFUSED,)))
    copy = ParsedMail(headers=headers, body=a_body("The webhooks stopped on Tuesday."))
    receive(desk, refused, size=31)
    ticket_id = receive(desk, copy, with_body=False, size=31)

    compare(desk, copy, uid=2)

    ((row_id, digest, defects),) = rows(desk, "SELECT id, content_hash, defects FROM message")
    assert (digest, json.loads(defects)) == (copy.body.content_hash, [])
    assert rows(desk, "SELECT body FROM message_text") == [(copy.body.text,)]
    found = rows(desk, "SELECT rowid FROM message_fts WHERE message_fts MATCH 'tuesday'")
    assert found == [(row_id,)]
    assert rows(desk, "SELECT count(*) FROM place WHERE checked=1") == [(2,)]
    assert summary(desk, ticket_id).messages == 1


def test_a_copy_whose_place_is_gone_changes_nothing(desk):
    mail = ParsedMail(headers=some_headers(), body=a_body())
    receive(desk, mail)
    before = rows(desk, "SELECT * FROM message")

    compare(desk, ParsedMail(headers=mail.headers, body=a_body("Another text.")), uid=99)

    assert rows(desk, "SELECT * FROM message") == before


@pytest.mark.parametrize("is_given_up", [False, True])
def test_a_mail_that_comes_back_is_told_from_another_that_had_its_headers_meanwhile(
    desk, is_given_up
):
    headers = some_headers()
    first = ParsedMail(headers=headers, body=a_body("The first one's text."))
    other = ParsedMail(headers=headers, body=a_body("The text of quite another mail."))
    receive(desk, first, with_body=False)
    with desk.writing() as conn:
        folders.forget_places(conn, 1, [1])
        ((row_id,),) = conn.exec_driver_sql("SELECT id FROM message")
        if is_given_up:
            store(conn, row_id, a_body("", content_hash=None, defects=(REFUSED,)))
    receive(desk, other, with_body=False)
    if is_given_up:
        compare(desk, other, uid=1)
    else:
        with desk.writing() as conn:
            store(conn, row_id, other.body, size=len(other.body.text))
    receive(desk, first, with_body=False)

    assert rows(desk, "SELECT checked FROM place WHERE uid=2") == [(0,)]
    compare(desk, first, uid=2)

    assert {text for (text,) in rows(desk, "SELECT body FROM message_text")} == {
        first.body.text,
        other.body.text,
    }


def store(conn, row_id, body, **how):
    one = IncomingBody(message_id=row_id, body=body, **how)
    bodies.bodies(conn, [one], prove=never_ours, blobs=Blobs(Path("unused")))


def compare(desk, mail, *, uid):
    with desk.writing() as conn:
        box = folders.watch(conn, "INBOX", FolderRole.INTAKE)
        bodies.compare(conn, box.id, uid, mail.body, prove=never_ours, blobs=Blobs(desk.folder))


def rows(desk, sql):
    with desk.writing() as conn:
        return [tuple(row) for row in conn.exec_driver_sql(sql)]


def test_two_copies_of_another_mail_with_the_same_headers_are_both_compared(desk):
    headers = some_headers()
    first = ParsedMail(headers=headers, body=a_body("The first one's text."))
    other = ParsedMail(headers=headers, body=a_body("The text of quite another mail."))
    receive(desk, first)
    receive(desk, other, other, with_body=False)

    assert rows(desk, "SELECT uid FROM place WHERE checked=0") == [(2,), (3,)]
    for uid in (2, 3):
        compare(desk, other, uid=uid)

    found = rows(desk, "SELECT p.uid, t.body FROM place p JOIN message_text t ON t.id=p.message_id")
    assert sorted(found) == [(1, first.body.text), (2, other.body.text), (3, other.body.text)]
