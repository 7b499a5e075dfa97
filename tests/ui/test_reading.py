"""Looking closer: search, links, attachments, a mail as it came."""

import os
from dataclasses import replace
from datetime import timedelta

import pytest

from console import opening_files
from storage.errors import DeskError, NotFoundError
from storage.records.mail import MailPart
from storage.records.ticket import AttachmentRow
from tests.factories import NOW, a_mail, an_address, receive, summary
from tests.ui.console_harness import console_on

TEXT = "See https://status.acme.example/42). Or https://evil.example/x and javascript:alert(1)"


@pytest.fixture
def ticket(desk):
    mail = a_mail(TEXT, subject="Webhooks arrive twice", at=NOW - timedelta(hours=2))
    part = MailPart(part="2", filename="../../log.txt", mime="text/plain", size=5, content=b"lines")
    return receive(desk, replace(mail, body=replace(mail.body, parts=(part,))))


@pytest.fixture
def opened(monkeypatch, tmp_path):
    """What a program of this machine was given to open."""
    told, folder = tmp_path / "told", tmp_path / "bin"
    folder.mkdir()
    script = folder / "xdg-open"
    script.write_text(f'#!/bin/sh\nprintf "%s\\n" "$1" >> "{told}"\n')
    script.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    monkeypatch.setenv("DISPLAY", ":0")
    return lambda: told.read_text().splitlines() if told.exists() else []


@pytest.mark.usefixtures("ticket")
async def test_a_link_opens_only_after_its_host_was_shown(desk, opened):
    async with console_on(desk) as console:
        await console.shows("Webhooks")
        await console.press("o")
        await console.shows("https://status.acme.example/42")
        await console.press("enter")
        await console.shows("It leads to status.acme.example.")
        assert opened() == []
        await console.press("y")
        await console.until(lambda: opened() == ["https://status.acme.example/42"])


@pytest.mark.usefixtures("ticket")
async def test_no_is_the_answer_that_opens_nothing(desk, opened):
    async with console_on(desk) as console:
        await console.shows("Webhooks")
        await console.press("o")
        await console.shows("https://status.acme.example/42")
        await console.press("enter")
        await console.shows("It leads to")
        await console.press("enter", "n")
        await console.until(lambda: console.sheet == "")

        assert opened() == []


async def test_a_file_that_may_run_is_asked_about_twice(desk, opened):
    mail = a_mail("see the file", subject="Run me", at=NOW - timedelta(hours=2))
    part = MailPart(part="2", filename="run.desktop", mime="text/plain", size=1, content=b"x")
    receive(desk, replace(mail, body=replace(mail.body, parts=(part,))))
    async with console_on(desk) as console:
        await console.shows("Run me")
        await console.press("o")
        await console.shows("run.desktop")
        await console.press("enter")
        await console.shows("Open the file?")
        await console.press("y")
        await console.shows("Really open it?")
        assert opened() == []
        await console.press("y")
        await console.until(lambda: [one.endswith("run.desktop") for one in opened()] == [True])


@pytest.mark.usefixtures("opened", "ticket")
async def test_without_a_display_nothing_is_started_in_the_terminal(desk, monkeypatch):
    monkeypatch.delenv("DISPLAY")
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    async with console_on(desk, size=(120, 30)) as console:
        await console.shows("Webhooks")
        await console.press("o")
        await console.shows("https://status.acme.example/42")
        await console.press("enter")
        await console.shows("It leads to")
        await console.press("y")
        await console.shows("There is no display here")


@pytest.mark.usefixtures("ticket")
async def test_attachments_are_saved_under_names_that_stay_in_the_folder(desk, tmp_path):
    folder = tmp_path / "saved"
    async with console_on(desk) as console:
        await console.shows("Webhooks")
        await console.press("enter")
        await console.shows("status.acme.example")
        await console.press("O")
        await console.shows("Save")
        await console.type(str(folder))
        await console.press("enter")
        await console.until(lambda: folder.exists() and list(folder.iterdir()))

    assert [one.name for one in folder.iterdir()] == ["log.txt"]
    assert (folder / "log.txt").read_bytes() == b"lines"


@pytest.mark.usefixtures("ticket")
async def test_a_mail_is_shown_as_it_came(desk):
    async with console_on(desk) as console:
        await console.shows("Webhooks")
        await console.press("enter")
        await console.shows("status.acme.example")
        await console.press("backslash")
        await console.shows("As it came", "Subject: Webhooks arrive twice")
        await console.press("q")
        await console.until(lambda: console.sheet == "")


async def test_search_finds_as_you_type_and_escape_goes_back(desk, ticket):
    receive(
        desk,
        a_mail(
            "The invoice of March is wrong",
            subject="Invoice",
            sender=an_address("kim@shop.example", "Kim"),
        ),
    )
    async with console_on(desk) as console:
        await console.shows("Webhooks", "Invoice")
        await console.press("slash")
        await console.type("from:kim")
        await console.shows_no("Webhooks arrive twice")
        await console.press("enter", "a")
        await console.until(lambda: "You took #" in console.said)
        await console.press("escape")
        await console.shows("Webhooks arrive twice")

    assert summary(desk, ticket).assignee is None


@pytest.mark.usefixtures("ticket")
async def test_a_mistake_in_a_search_is_said_with_the_nearest_word(desk):
    async with console_on(desk) as console:
        await console.shows("Webhooks")
        await console.press("slash")
        await console.type("categry:usability")
        await console.until(lambda: "nearest is category" in console.said)


@pytest.mark.usefixtures("ticket")
async def test_one_side_alone_and_both_again(desk):
    async with console_on(desk, size=(140, 40)) as console:
        await console.shows("nobody has it")
        await console.press("d")
        await console.shows_no("nobody has it")
        await console.press("d")
        await console.shows("nobody has it")


def test_links_of_a_text_are_those_that_may_be_opened():
    assert opening_files.links(TEXT) == ["https://status.acme.example/42", "https://evil.example/x"]


@pytest.mark.parametrize("url", ["javascript:alert(1)", "file:///etc/passwd", "-x", "smb://h/x"])
def test_other_links_are_refused(url, opened):
    with pytest.raises(DeskError):
        opening_files.open_link(url)
    assert opened() == []


@pytest.mark.usefixtures("ticket")
def test_a_file_that_is_there_already_is_not_replaced(desk, tmp_path):
    row = AttachmentRow(id=1, filename="log.txt", mime="", size=5, sha256=_digest(desk))
    (tmp_path / "log.txt").write_text("mine")

    path = opening_files.saved(tmp_path, row, desk.folder)

    assert path.name == "log (1).txt"
    assert (tmp_path / "log.txt").read_text() == "mine"


def test_a_file_that_is_still_on_the_server_is_said(tmp_path):
    row = AttachmentRow(id=1, filename="log.txt", mime="", size=5, sha256=None)

    with pytest.raises(NotFoundError, match="still on the server"):
        opening_files.saved(tmp_path, row, tmp_path)


def _digest(desk):
    with desk.writing() as conn:
        return conn.exec_driver_sql("SELECT sha256 FROM attachment").scalar()
