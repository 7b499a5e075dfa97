"""Mail that came out of files first, and that the server has too."""

import signal

import pytest

from tests.imap.engine_ground import a_mail, wait_until

MARK = b"From zoe@acme.example Mon Mar  2 00:00:00 2026\n"
RECEIVED = (
    "from mx.acme.example by mx.desk.example with ESMTPS id 7F{}; Mon, 2 Mar 2026 00:00:00 +0000"
)


def an_mbox(path, mails):
    path.write_bytes(b"".join(MARK + one.replace(b"\r\n", b"\n") + b"\n" for one in mails))
    return path


def run(ground, *words):
    with ground.process("--json", *map(str, words)) as process:
        out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    return out


def test_a_sync_after_an_import_adds_places_and_nothing_else(ground, tmp_path):
    mails = [a_mail(n, Received=RECEIVED.format(n)) for n in range(300)]
    ground.server.append(ground.user, *mails)
    run(ground, "import", "mbox", an_mbox(tmp_path / "all.mbox", mails))
    tickets = len(ground.tickets())

    summary = ground.once()

    assert (tickets, len(ground.tickets()), ground.count("message")) == (300, 300, 300)
    assert (summary.fetched_headers, summary.body_bytes, ground.count("place")) == (300, 0, 300)
    ground.assert_alike("INBOX")


def test_what_the_server_has_under_the_same_header_with_other_words_is_another_mail(
    ground, tmp_path
):
    ground.server.append(ground.user, a_mail(1, text="It fails."), a_mail(2, text="It fails."))
    other = a_mail(1, text="It works.")
    run(ground, "import", "mbox", an_mbox(tmp_path / "all.mbox", [other, a_mail(2)]))

    ground.once()

    assert ground.count("message") == 3
    ground.assert_alike("INBOX")


def test_an_import_after_a_sync_brings_only_what_the_server_has_no_more(ground, tmp_path):
    ground.server.append(ground.user, *(a_mail(n) for n in range(20)))
    ground.once()

    run(ground, "import", "mbox", an_mbox(tmp_path / "all.mbox", [a_mail(n) for n in range(25)]))

    assert (ground.count("message"), ground.count("place")) == (25, 20)
    ground.assert_alike("INBOX")


def test_a_desk_that_moved_finds_its_mails_on_the_server(ground, tmp_path):
    ground.server.append(ground.user, *(a_mail(n) for n in range(100)))
    ground.once()
    before = ground.rows("SELECT key, ticket_uid, arrival_ms FROM message ORDER BY key")
    run(ground, "export", tmp_path / "out")
    ground.folder = tmp_path / "new"
    run(ground, "import", "desk", tmp_path / "out")

    summary = ground.once()

    assert (summary.fetched_headers, summary.body_bytes) == (100, 0)
    assert ground.rows("SELECT key, ticket_uid, arrival_ms FROM message ORDER BY key") == before
    ground.assert_alike("INBOX")


@pytest.mark.parametrize("kept", [1, 250, 600])
def test_an_import_that_was_killed_goes_on_where_it_was(ground, tmp_path, kept):
    path = an_mbox(tmp_path / "all.mbox", [a_mail(n) for n in range(1_000)])
    with ground.process("import", "mbox", "--dismissed", str(path)) as process:
        wait_until(lambda: ground.count("message") >= kept)
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert ground.count("message") < 1_000

    run(ground, "import", "mbox", "--dismissed", path)

    assert ground.count("message") == 1_000
    assert ground.rows("SELECT status, count(*) FROM ticket GROUP BY 1") == [("dismissed", 1_000)]


def test_an_import_of_a_desk_that_was_killed_goes_on_where_it_was(ground, tmp_path):
    path = an_mbox(tmp_path / "all.mbox", [a_mail(n) for n in range(1_000)])
    run(ground, "import", "mbox", path)
    run(ground, "export", tmp_path / "out")
    ground.folder = tmp_path / "new"
    with ground.process("import", "desk", str(tmp_path / "out")) as process:
        wait_until(lambda: ground.count("message") >= 300)
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert ground.count("message") < 1_000

    assert '"same": true' in run(ground, "import", "desk", tmp_path / "out")
    assert ground.count("message") == 1_000
