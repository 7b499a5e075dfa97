"""How the words of a batch reach the index."""

import sqlite3

from factories import a_mail, never_ours, receive

from storage.db.blobs import Blobs
from storage.intake import bodies
from storage.records.mail import IncomingBody


def test_the_words_of_a_batch_are_one_piece_of_the_index(desk):
    mails = [
        a_mail(text=f"word{number}", message_id=f"{number}@acme.example") for number in range(9)
    ]
    receive(desk, *mails, with_body=False)

    with desk.writing() as conn:
        rows = dict(conn.exec_driver_sql("SELECT base_key, id FROM message").fetchall())
        batch = [IncomingBody(message_id=rows[one.headers.key], body=one.body) for one in mails]
        bodies.bodies(conn, batch, prove=never_ours, blobs=Blobs(desk.folder))

    with sqlite3.connect(desk.path) as reader:
        pieces = reader.execute("SELECT count(DISTINCT segid) FROM message_fts_idx").fetchone()[0]
    assert pieces == 1
