"""A text that comes in pieces: what is on the disk is not asked for again, nor is it mixed up."""

import pytest

from storage.sync.spool import SpoolName, Spools

NAME = SpoolName(folder_id=1, uidvalidity=7, uid=12, size=5_000)
PIECES = (b"a" * 1_000, b"b" * 1_000, b"c" * 300)


@pytest.fixture
def begun(tmp_path):
    """Return the folder in which three pieces of a text came before the process died."""
    spool = Spools(tmp_path).of(NAME)
    for one in PIECES:
        spool.add(one)
    return tmp_path


def files_of(folder):
    return sorted(folder.glob("coming/*"))


def test_what_came_before_a_crash_is_there_afterwards(begun):
    spool = Spools(begun).of(NAME)

    assert (spool.here, spool.text()[:]) == (2_300, b"".join(PIECES))


def test_a_piece_whose_checksum_never_reached_the_disk_is_asked_for_again(begun):
    text, _ = files_of(begun)
    text.write_bytes(text.read_bytes() + b"half a pie")

    spool = Spools(begun).of(NAME)
    spool.add(b"d" * 10)

    assert spool.text()[:] == b"".join(PIECES) + b"d" * 10


def test_bytes_that_a_power_cut_tore_are_asked_for_again_with_what_follows(begun):
    text, _ = files_of(begun)
    text.write_bytes(PIECES[0] + bytes(1_000) + PIECES[2])

    spool = Spools(begun).of(NAME)
    assert spool.here == 1_000
    spool.add(PIECES[1])

    assert Spools(begun).of(NAME).text()[:] == PIECES[0] + PIECES[1]


def test_half_a_piece_that_a_full_disk_took_is_written_over(begun):
    spool = Spools(begun).of(NAME)
    for path in files_of(begun):
        path.write_bytes(path.read_bytes() + b"half a piece")
    spool.add(b"d" * 10)

    assert spool.text()[:] == b"".join(PIECES) + b"d" * 10
    assert Spools(begun).of(NAME).here == 2_310


@pytest.mark.parametrize("changed", [{"uidvalidity": 8}, {"uid": 13}, {"size": 5_001}])
def test_another_mail_begins_with_nothing(begun, changed):
    numbers = {"folder_id": 1, "uidvalidity": 7, "uid": 12, "size": 5_000} | changed

    assert Spools(begun).of(SpoolName(**numbers)).here == 0


def test_a_forgotten_text_leaves_no_file(begun):
    spools = Spools(begun)
    assert list(spools.names()) == [NAME]

    spools.forget(NAME)

    assert files_of(begun) == []


def test_what_lies_there_is_nobody_elses_to_read(begun):
    assert {path.stat().st_mode & 0o777 for path in files_of(begun)} == {0o600}
    assert (begun / "coming").stat().st_mode & 0o777 == 0o700
