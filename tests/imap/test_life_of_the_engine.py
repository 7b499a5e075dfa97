"""How the engine begins and ends: a child and its console, signals, a desk of another mailbox."""

import signal
import sqlite3

import pytest

from storage.changes.desk import SetDesk
from storage.db.wake import CONSOLE, Wake
from storage.errors import UsageError
from storage.queries import tickets
from storage.records.desk import DeskSettings
from storage.records.mail import Address
from storage.sync.setup import seed_desk
from tests.factories import ANA, SUPPORT
from tests.imap.engine_ground import a_mail, wait_until
from tests.imap.outbox_ground import queue, the_reply
from tests.imap.proxy import proxied, stall_in_literal
from tests.imap.test_bad_lines import running


def test_a_child_ends_when_no_console_lives(ground):
    with ground.desk():
        console = Wake(ground.folder, CONSOLE)
    with ground.process("sync", "--child") as engine:
        wait_until(lambda: ground.state() == "idle")
        assert engine.poll() is None

        console.close()

        assert engine.wait(25) == 0
    assert ground.state() == "stopped"


def test_a_child_sends_what_is_due_before_it_ends(post, certificate_file):
    ground, sink = post
    ground.server.append(ground.user, a_mail(1))
    ground.once()
    queue(ground, undo_seconds=5)
    with ground.process("sync", "--child", SSL_CERT_FILE=str(certificate_file)) as engine:
        assert engine.wait(30) == 0

    assert (len(sink.mails), the_reply(ground).state) == (1, "sent")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_at_once_even_while_a_server_is_silent(ground, number):
    ground.server.append(ground.user, a_mail(1, text="y" * 90_000))
    with proxied(ground.server.port) as proxy:
        ground.imap = proxy.address()
        proxy.fault = stall_in_literal(smallest=50_000)
        with ground.process("sync") as engine:
            wait_until(lambda: any(link.is_stalled for link in proxy.links))

            engine.send_signal(number)

            assert engine.wait(2) == 0
    assert ground.state() == "stopped"


def test_a_single_run_that_is_interrupted_says_so(ground):
    with proxied(ground.server.port) as proxy:
        ground.imap = proxy.address()
        ground.server.append(ground.user, a_mail(1, text="y" * 90_000))
        proxy.fault = stall_in_literal(smallest=50_000)
        with ground.process("sync", "--once") as engine:
            wait_until(lambda: any(link.is_stalled for link in proxy.links))
            engine.send_signal(signal.SIGINT)
            assert engine.wait(3) == 130


def test_a_storage_folder_in_the_working_directory_is_never_imported(ground, tmp_path, monkeypatch):
    hostile = tmp_path / "hostile"
    (hostile / "storage").mkdir(parents=True)
    (hostile / "storage" / "__init__.py").write_text("raise SystemExit(99)")
    monkeypatch.chdir(hostile)

    with ground.process("sync", "--once", "--json") as engine:
        engine.communicate(timeout=20)

    assert engine.returncode == 0


def test_other_folders_named_by_the_team_are_read_without_a_restart(ground):
    ground.server.create(ground.user, "Billing")
    ground.server.append(ground.user, a_mail(1), folder="Billing")
    with running(ground):
        wait_until(lambda: ground.state() == "idle")
        assert ground.count("message") == 0

        with ground.desk() as desk:
            desk.commit(SetDesk(key="intake", value=["INBOX", "Billing"]), actor=ANA)

        wait_until(lambda: ground.count("message", "has_body=1") == 1)


def test_a_fresh_desk_takes_over_what_this_machine_says_and_nobody_can_undo_it(ground):
    seed = DeskSettings(address=SUPPORT, intake=("INBOX", "Billing"), archive="Done")
    with ground.desk() as desk:
        seed_desk(desk, seed, me=Address("Ana", ANA))
        seed_desk(desk, seed, me=Address("Ana", ANA))

        settings = desk.read(tickets.settings)

    assert (settings.address, settings.intake, settings.archive) == (
        SUPPORT,
        ("INBOX", "Billing"),
        "Done",
    )
    assert settings.name_of(ANA) == "Ana"
    assert ground.count("undo_step") == 0
    assert ground.count("journal", "key='address'") == 1


def test_a_desk_of_another_mailbox_is_refused_with_both_named(ground):
    with ground.desk() as desk:
        seed_desk(desk, DeskSettings(address=SUPPORT), me=Address("Ana", ANA))

        with pytest.raises(UsageError, match=r"other@desk\.example") as refused:
            seed_desk(desk, DeskSettings(address="other@desk.example"), me=Address("Ana", ANA))

    assert SUPPORT in str(refused.value)


def test_a_config_that_says_nothing_of_it_does_not_contradict_the_team(ground):
    with ground.desk() as desk:
        seed_desk(desk, DeskSettings(address=SUPPORT), me=Address("Ana", ANA))
        desk.commit(SetDesk(key="intake", value=["Support"]), actor=ANA)

        seed_desk(desk, DeskSettings(address=SUPPORT), me=Address("Ana", ANA))

        assert desk.read(tickets.settings).intake == ("Support",)


def test_a_reader_that_never_ends_holds_fetching_up_visibly_until_it_does(ground, monkeypatch):
    monkeypatch.setattr("storage.sync.session._WAL_LIMIT_BYTES", 2_000_000)
    monkeypatch.setattr("storage.sync.session._HELD_UP_SECONDS", 0.1)
    monkeypatch.setattr("storage.store._CHECKPOINT_SECONDS", 0.05)
    monkeypatch.setattr("storage.db.engine.CHECKPOINT_BYTES", 1_000_000)
    monkeypatch.setattr("storage.db.engine._WAL_LIMIT_BYTES", 1_000_000)
    ground.server.append(ground.user, *(a_mail(n, text="word " * 2_000) for n in range(600)))
    with ground.desk():
        reader = sqlite3.connect(ground.folder / "desk.db", isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM message").fetchall()
    with running(ground):
        wait_until(lambda: "Fetching waits" in str(ground.rows("SELECT status FROM engine")))
        assert ground.count("message", "has_body=1") < 600

        reader.close()

        wait_until(lambda: ground.count("message", "has_body=1") == 600)
        wait_until(lambda: ground.state() == "idle")
    assert ground.status()["error"] == ""
