"""A newcomer's first ticket, from the mail that came in to the customer who writes back."""

import json
import subprocess
import sys
import time

from console.demo import mails
from console.demo.letters import letters
from console.demo.run import practice

PATIENCE = 30.0
SUBJECT = {one.name: one.fields.get("subject", "") for one in letters()}


class Newcomer:
    """Types commands at the practice desk."""

    def __init__(self, here):
        self._argv = [sys.executable, "-P", "-m", "console"]
        self._argv += ["--config", str(here.config), "--desk", str(here.desk), "--json"]

    def types(self, *words):
        done = subprocess.run([*self._argv, *words], capture_output=True, check=False, text=True)
        assert done.returncode == 0, done.stderr
        return [json.loads(line) for line in done.stdout.splitlines()]

    def ticket(self, subject):
        return next(one for one in self.types("list", "is:any") if one["subject"] == subject)

    def syncs_until(self, subject, is_so):
        end = time.monotonic() + PATIENCE
        while not is_so(ticket := self.ticket(subject)):
            assert time.monotonic() < end, ticket
            self.types("sync", "--once")
        return ticket


def test_a_reply_leaves_and_its_answer_reopens_the_closed_ticket(tmp_path):
    subject = SUBJECT["java-okhttp"]
    with practice(tmp_path, options=("--answer-after", "0", "--hurry", "0")) as here:
        newcomer = Newcomer(here)
        synced = newcomer.types("sync", "--once")[0]
        ticket = newcomer.ticket(subject)

        newcomer.types("take", ticket["id"])
        newcomer.types("category", ticket["id"], "reliability")
        newcomer.types("link", ticket["id"], "https://docs.ferrywire.example/sdks/java")
        newcomer.types(
            "reply", ticket["id"], "--text", "5.0.2 has a shaded artifact.", "--now", "--close"
        )
        answered = newcomer.syncs_until(subject, lambda one: one["messages"] == 3)
        said = newcomer.types("show", ticket["id"])[0]["conversation"]

    assert {one["name"]: one["imported"] for one in synced["folders"]} == {
        name: sum(one.folder == name for one in mails.practice_mails(here.begun))
        for name in ("INBOX", "Sent")
    }
    assert answered["first_response_at"]
    assert answered["status"] == "open"
    assert answered["uid"] == ticket["uid"]
    events = [one["text"] for one in said if one["type"] == "event"]
    assert any("closed" in one for one in events), events
    messages = [one for one in said if one["type"] == "message"]
    assert [one["direction"] for one in messages] == ["in", "out", "in"]
    assert messages[2]["author"] == messages[0]["author"]
    assert messages[2]["verdict"] == "member"
