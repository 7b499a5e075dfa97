"""An IMAP server's answers as values."""

from datetime import UTC, datetime

import pytest

from storage.mail.imap_reply import (
    NotImapError,
    appended_uid,
    fetch_rows,
    list_rows,
    search_uids,
    uid_set,
)


def only(pieces):
    (row,) = fetch_rows(pieces)
    return row


def test_a_row_with_a_literal_is_read_whole():
    text = (
        b"7 (UID 42 FLAGS (\\Seen $Work) RFC822.SIZE 1234"
        b' INTERNALDATE " 3-Nov-2025 16:05:00 +0200" BODY[HEADER] {6}'
    )

    row = only([(text, b"A: b\r\n"), b")"])

    assert (row.uid, row.flags, row.size) == (42, {"\\Seen", "$Work"}, 1234)
    assert row.arrived_at == datetime(2025, 11, 3, 14, 5, tzinfo=UTC)
    assert row.parts == {"HEADER": b"A: b\r\n"}


def test_items_after_the_literal_count_too():
    row = only([(b"7 (BODY[TEXT] {2}", b"hi"), b" UID 42 FLAGS ())"])

    assert (row.uid, row.flags, row.parts) == (42, frozenset(), {"TEXT": b"hi"})


@pytest.mark.parametrize(
    ("written", "meant"),
    [(b'"a \\"b\\" (UID 9) \\\\"', b'a "b" (UID 9) \\'), (b'""', b""), (b"NIL", b"")],
)
def test_a_quoted_or_missing_text_is_read(written, meant):
    row = only([b"7 (UID 42 BODY[TEXT] " + written + b")"])

    assert (row.uid, row.parts) == (42, {"TEXT": meant})


def test_a_row_without_a_uid_is_never_taken_for_another_messages():
    rows = list(fetch_rows([b"42 (FLAGS (\\Deleted))", b"7 (UID 42 FLAGS ())"]))

    assert [(row.uid, row.flags) for row in rows] == [(42, frozenset())]


def test_items_that_nobody_asked_for_are_stepped_over():
    row = only([b'7 (MODSEQ (12121) X-GM-LABELS ("a b" (c)) UID 42 FLAGS (\\Seen))'])

    assert (row.uid, row.flags) == (42, {"\\Seen"})


def test_a_date_that_is_none_is_no_reason_to_stop():
    row = only([b'7 (UID 42 INTERNALDATE "99-Foo-0000 99:99:99 +9999")'])

    assert row.arrived_at is None


@pytest.mark.parametrize("text", [b"", b"hello", b"7 (UID 42", b"7 (UID 42 FLAGS (a)", b"7 UID 42"])
def test_what_is_no_answer_is_refused(text):
    with pytest.raises(NotImapError):
        list(fetch_rows([text]))


def test_folders_are_read_in_all_three_ways_to_write_a_name():
    rows = list(
        list_rows(
            [
                b'(\\HasNoChildren \\Sent) "/" "Sent \\"x\\" \\\\y"',
                b'() "." 007',
                (b"() NIL {5}", b"a\r\nb("),
                b"",
                b'() "\\\\" "a"',
            ]
        )
    )

    assert [row.raw_name for row in rows] == [b'Sent "x" \\y', b"007", b"a\r\nb(", b"a"]
    assert [row.delimiter for row in rows] == ["/", ".", "", "\\"]
    assert rows[0].flags == {"\\HasNoChildren", "\\Sent"}


def test_a_line_that_lists_no_folder_is_refused():
    with pytest.raises(NotImapError):
        list(list_rows([b"garbage"]))


def test_a_search_may_come_on_several_lines_or_none():
    assert search_uids([b"1 2 3", b"7"]) == [1, 2, 3, 7]
    assert search_uids([]) == []


def test_a_set_of_uids_names_no_other():
    assert uid_set([1, 2, 3, 7, 9, 10]) == "1:3,7,9:10"


@pytest.mark.parametrize(
    ("said", "uid"),
    [(b"[APPENDUID 38505 3955] done", 3955), (b"done", None), (b"[appenduid 1 2]", 2)],
)
def test_the_uid_of_an_append_is_read_where_it_is_said(said, uid):
    assert appended_uid(said) == uid
