"""One ticket from the mailbox to its end, by commands alone."""

import json
import os
import subprocess
import sys
from email import message_from_bytes, policy

import pytest

from storage.mail.ids import proven_ticket
from tests.imap.dovecot import PASSWORD
from tests.imap.smtp_sink import sunk

CONFIG = """
[me]
name = "Ana"
email = "ana@desk.example"

[account]
address = "support@desk.example"
username = "{user}"
password_env = "THE_PASSWORD"

[account.imap]
host = "localhost"
port = {imap}
security = "none"

[account.smtp]
host = "localhost"
port = {smtp}
security = "none"
"""
MAIL = b"""From: Zoe <zoe@acme.example>\r
To: support@desk.example\r
Subject: Webhooks come twice\r
Message-ID: <first@acme.example>\r
Date: Mon, 2 Mar 2026 09:00:00 +0000\r
\r
Every event comes twice.\r
"""


@pytest.fixture
def rotadesk(dovecot, tmp_path):
    user = dovecot.new_user()
    dovecot.append(user, MAIL)
    with sunk(clear_login=True, passwords={user: PASSWORD}) as sink:
        config = tmp_path / "config.toml"
        config.write_text(CONFIG.format(user=user, imap=dovecot.port, smtp=sink.port))
        config.chmod(0o600)
        environ = os.environ | {
            "THE_PASSWORD": PASSWORD,
            "ROTADESK_CONFIG": str(config),
            "ROTADESK_DESK": str(tmp_path / "desk"),
        }

        def run(*arguments, status=0):
            argv = [sys.executable, "-P", "-m", "console", "--json", *map(str, arguments)]
            done = subprocess.run(argv, env=environ, capture_output=True, text=True, check=False)
            assert done.returncode == status, done.stderr
            return [json.loads(line) for line in (done.stdout or done.stderr).splitlines()]

        run.sink, run.desk = sink, tmp_path / "desk"
        yield run


def test_a_mail_is_read_answered_and_closed_by_commands(rotadesk):
    (synced,) = rotadesk("sync", "--once")
    (ticket,) = rotadesk("list")
    (article,) = rotadesk("kb", "new", "--title", "Twice?", "--text", "Drop repeats by event id.")
    (blocked,) = rotadesk("close", ticket["id"], status=4)
    rotadesk("category", ticket["id"], "usability")
    rotadesk("link", ticket["id"], article["id"])

    (waiting,) = rotadesk("reply", ticket["id"], "--text", "Drop repeats.", "--now", "--close")
    (sent,) = rotadesk("sync", "--once")

    assert (synced["fetched_headers"], ticket["subject"]) == (1, "Webhooks come twice")
    assert blocked["missing"] == ["category", "kb_link"]
    assert (waiting["status"], waiting["reply_waiting"]) == ("open", True)
    assert (sent["sent"], sent["failed"], sent["held"]) == (1, 0, 0)
    (mail,) = rotadesk.sink.mails
    (closed,) = rotadesk("show", ticket["id"])
    assert (closed["status"], closed["reply_waiting"]) == ("closed", False)
    assert closed["first_response_at"] is not None
    answer = message_from_bytes(mail.content, policy=policy.default)
    key = (rotadesk.desk / "team.key").read_bytes().strip()
    assert proven_ticket(answer["Message-ID"], key=key) == ticket["uid"]
    assert mail.recipients == ("zoe@acme.example",)
    assert rotadesk("list") == []
    checks = {one["name"]: one["state"] for one in rotadesk("doctor")[0]["checks"]}
    assert set(checks.values()) == {"ok"}
