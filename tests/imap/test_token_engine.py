"""Scenario 31 with a real server that takes access tokens and lets them run out."""

import json
import sys
import time

import pytest

from storage.mail import login
from storage.records.account import Account, Oauth
from storage.sync.setup import Setup
from tests.imap.dovecot import PASSWORD
from tests.imap.engine_ground import NOWHERE, SUPPORT, Ground, a_mail, ask, running, wait_until
from tests.imap.outbox_ground import queue, the_reply
from tests.imap.scripted import scripted
from tests.imap.test_tokens import GOOGLE_400, GOOGLE_535, QUICK, post


class TokenCommand:
    """What prints tokens: valid for so long, counted from now."""

    def __init__(self, server, user):
        self.server, self.user = server, user
        self.lives = [3600]
        "Seconds, of each token in turn; the last is repeated."
        self.asked = 0
        self.given = []

    def __call__(self):
        seconds = self.lives.pop(0) if len(self.lives) > 1 else self.lives[0]
        self.asked += 1
        self.given.append(self.server.token(self.user, seconds=seconds))
        return self.given[-1]


@pytest.fixture
def ground(dovecots, tmp_path):
    server = dovecots(takes_tokens=True)
    return Ground(server, server.new_user(), tmp_path / "desk", server.address())


@pytest.fixture
def command(ground):
    return TokenCommand(ground.server, ground.user)


def orders_by_token(ground, command, *, oauth=Oauth.AUTO, smtp=NOWHERE):
    account = Account(
        address=SUPPORT,
        username=ground.user,
        imap=ground.imap,
        smtp=smtp,
        my_name="Ana",
        oauth=oauth,
    )
    return {"give_setup": lambda: Setup(account=account, give_secret=command)}


@pytest.mark.parametrize("oauth", [Oauth.AUTO, Oauth.XOAUTH2, Oauth.OAUTHBEARER])
def test_31_a_token_opens_a_real_mailbox(ground, command, oauth):
    ground.server.append(ground.user, a_mail(1))

    summary = ground.once(**orders_by_token(ground, command, oauth=oauth))

    assert (summary.fetched_bodies, command.asked) == (1, 1)


@pytest.mark.parametrize("oauth", [Oauth.XOAUTH2, Oauth.OAUTHBEARER])
def test_31_a_real_server_refuses_an_expired_token_and_takes_the_next(ground, command, oauth):
    command.lives = [-60, 3600]
    ground.server.append(ground.user, a_mail(1))

    summary = ground.once(**orders_by_token(ground, command, oauth=oauth))

    assert (summary.fetched_bodies, command.asked) == (1, 2)


def test_31_a_token_that_ran_out_meanwhile_is_fetched_anew_on_reconnect_without_a_person(
    ground, command
):
    ground.server.append(ground.user, a_mail(1))
    with running(ground, **orders_by_token(ground, command)):
        wait_until(lambda: ground.state() == "idle")
        command.lives = [-60, 3600]

        ground.server.kick(ground.user)
        ground.server.append(ground.user, a_mail(2))

        wait_until(lambda: ground.count("message", "has_body=1") == 2)
    assert command.asked == 3


def test_31_a_login_that_was_withdrawn_is_tried_twice_then_a_person_is_asked(
    ground, command, monkeypatch
):
    monkeypatch.setattr("storage.sync.waiting._CONFIG_SECONDS", 0.05)
    command.lives = [-60]
    with running(ground, **orders_by_token(ground, command)):
        wait_until(lambda: ground.state() == "stopped")
        time.sleep(0.5)

        assert command.asked == 2
        told = json.dumps(ground.status())
        assert "refuses the access token" in told
        assert "status 401" in told
        assert not any(token in told for token in command.given)

        command.lives = [3600]
        ask(ground)
        wait_until(lambda: ground.state() == "idle")


def test_31_a_reply_leaves_with_a_token_of_its_own(ground, command):
    ground.server.append(ground.user, a_mail(1))
    ground.once(**orders_by_token(ground, command))
    queue(ground)
    before = command.asked
    taken = post((b"535 expired",)), post((b"235 ok",), (b"250 ok",), (b"250 ok",), (b"354 go",))
    scripts = iter(taken)

    def script(peer):
        next(scripts)(peer)
        while (line := peer.line()) and line != b".":
            pass
        peer.send(b"250 queued")

    with scripted(script) as server:
        summary = ground.once(**orders_by_token(ground, command, smtp=server.address()))

    assert (summary.sent, the_reply(ground).state) == (1, "sent")
    assert command.asked - before == 3  # one to read mail, two to send


def test_31_a_reply_whose_token_is_refused_twice_waits_for_a_person(ground, command):
    ground.server.append(ground.user, a_mail(1))
    ground.once(**orders_by_token(ground, command))
    queue(ground)

    with scripted(post((b"334 " + GOOGLE_400,), GOOGLE_535)) as server:
        with running(ground, **orders_by_token(ground, command, smtp=server.address())):
            wait_until(lambda: "refuses the access token" in the_reply(ground).error)
            wait_until(lambda: ground.state() == "idle")
        tries = sum(line.startswith(b"AUTH") for line in server.heard)

    row = the_reply(ground)
    assert (row.state, row.tries, tries) == ("queued", 0, 2)
    assert not any(token in row.error for token in command.given)


@pytest.mark.parametrize("kind", ["fails", "prints nothing", "is not there", "prints JSON"])
def test_31_a_command_that_gives_no_token_is_told_and_not_run_again_and_again(
    ground, tmp_path, kind
):
    runs = tmp_path / "runs"
    body = {
        "fails": "sys.exit('refresh token revoked')",
        "prints nothing": "",
        "prints JSON": "print('{ \"accessToken\": 1 }')",
    }.get(kind, "")
    script = tmp_path / "token.py"
    script.write_text(f"import sys; open({str(runs)!r}, 'a').write('x'); {body}\n")
    path = ground.write_config()
    argv = [sys.executable, str(script)] if kind != "is not there" else ["/no/such/program"]
    config = path.read_text().replace(
        'password_env = "DESK_PASSWORD"',
        f'password_command = {json.dumps(argv)}\noauth = "auto"',
    )
    ground.write_config = lambda: (path.write_text(config), path)[1]

    with ground.process("sync", "--once", "--json") as engine:
        out, err = engine.communicate(timeout=20)

    assert engine.returncode in {2, 5}, (out, err)
    assert len(runs.read_text() if runs.exists() else "") <= 1
    assert json.loads(err.splitlines()[-1])["error"] in {"config", "login_refused"}


def test_31_no_token_is_in_the_process_list_or_the_log(ground, tmp_path):
    token = ground.server.token(ground.user)
    secret = tmp_path / "token"
    secret.write_text(token + "\n")
    path = ground.write_config()
    config = path.read_text().replace(
        'password_env = "DESK_PASSWORD"',
        f'password_command = ["cat", {json.dumps(str(secret))}]\noauth = "auto"',
    )
    ground.write_config = lambda: (path.write_text(config), path)[1]

    with ground.process("sync") as engine:
        wait_until(lambda: ground.state() == "idle")
        seen = open(f"/proc/{engine.pid}/cmdline").read()  # noqa: PTH123, SIM115 - a line
        seen += open(f"/proc/{engine.pid}/environ").read()  # noqa: PTH123, SIM115 - as above
        engine.terminate()
        out, err = engine.communicate(timeout=20)

    logs = "".join(one.read_text() for one in ground.folder.rglob("*.log"))
    assert token not in seen + out + err + logs
    assert PASSWORD not in logs


def test_31_the_same_token_serves_when_nothing_else_is_wrong(ground, command):
    account = orders_by_token(ground, command)["give_setup"]().account

    box = login.mailbox(account, command, timeouts=QUICK)
    box.close()

    assert box.profile.id == "dovecot"


def test_31_a_refusal_to_send_outlives_the_connection_until_a_person_asks(ground, command):
    ground.server.append(ground.user, a_mail(1))
    ground.once(**orders_by_token(ground, command))
    queue(ground)

    with (
        scripted(post(GOOGLE_535)) as server,
        running(ground, **orders_by_token(ground, command, smtp=server.address())),
    ):
        wait_until(lambda: "refuses the access token" in the_reply(ground).error)
        wait_until(lambda: ground.state() == "idle")
        asked = command.asked
        ground.server.kick(ground.user)
        wait_until(lambda: command.asked > asked and ground.state() == "idle")
        ground.server.append(ground.user, a_mail(2))
        wait_until(lambda: ground.count("message", "has_body=1") == 2)
        assert sum(line.startswith(b"AUTH") for line in server.heard) == 2

        ask(ground)
        wait_until(lambda: sum(line.startswith(b"AUTH") for line in server.heard) == 4)
