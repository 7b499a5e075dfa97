"""An IMAP server's answers as values."""

import pytest

from storage.mail.imap_reply import (
    appended_uid,
    clipped,
    count,
    found_uids,
    list_rows,
    search_uids,
    uid_ranges,
    uid_set,
    windows,
)
from storage.mail.imap_rows import NotImapError


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


def test_what_an_esearch_found_is_ranges():
    assert found_uids([b'(TAG "A1") UID ALL 1:3,7']) == ((1, 3), (7, 7))
    assert found_uids([b"(TAG A1) UID"]) == ()
    assert found_uids([]) is None


def test_ranges_are_counted_and_cut_without_being_written_out():
    ranges = uid_ranges(b"4294967295:1,9")

    assert count(ranges) == 2**32
    assert clipped(ranges, 5, 10) == ((5, 10), (9, 9))
    assert clipped(((1, 9),), 10, 20) == ()


def test_no_command_names_more_than_a_line_takes():
    scattered = list(range(1_000_000, 1_020_000, 2))

    found = list(windows(scattered, 5_000))

    assert [uid for some in found for uid in some] == scattered
    assert max(len(uid_set(some)) for some in found) <= 7_000
    assert list(windows(range(9_000), 5_000)) == [list(range(5_000)), list(range(5_000, 9_000))]
