"""A fault of ours ends with one sentence, and shows nobody's words."""

import pytest

from console.panes.inbox import InboxPane
from tests.factories import a_mail, receive
from tests.ui.console_harness import console_on

SECRET = "zoe@acme.example wrote hunter2"


async def press_y(desk, apps):
    async with console_on(desk) as console:
        apps.append(console.app)
        await console.shows("Webhooks")
        await console.press("y")
        await console.pilot.pause()


async def test_a_fault_is_one_sentence_and_a_log_without_what_anybody_wrote(
    desk, monkeypatch, capsys
):
    receive(desk, a_mail(SECRET, subject="Webhooks"))

    def broken(_pane):
        words = SECRET
        raise ValueError(words)

    monkeypatch.setattr(InboxPane, "ref", broken)
    apps = []

    with pytest.raises(ValueError, match="hunter2"):
        await press_y(desk, apps)

    log = (desk.folder / "rotadesk.log").read_text()
    told = capsys.readouterr()
    assert str(desk.folder / "rotadesk.log") in apps[0].fault
    assert "hunter2" not in log + apps[0].fault + told.out + told.err
    assert "test_crash.py" in log
    assert apps[0].return_code == 1
