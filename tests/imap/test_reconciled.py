"""The reconciliation line: what the server counts is what the desk has, or it is said."""

import re

from tests.imap.engine_ground import a_mail, wait_until
from tests.imap.proxy import proxied
from tests.imap.test_bad_lines import ask, running


def one_too_many(data):
    return re.sub(rb"\* 5 EXISTS", b"* 6 EXISTS", data)


def compares(proxy):
    return len(re.findall(rb"UID SEARCH (?:RETURN \(ALL\) )?UID 1:", bytes(proxy.heard)))


def test_numbers_that_go_on_disagreeing_are_compared_mail_by_mail_and_told(ground):
    ground.server.append(ground.user, *(a_mail(n) for n in range(5)))
    ground.once()
    with proxied(ground.server.port) as proxy:
        ground.imap = proxy.address()
        proxy.fault = lambda _link, data: one_too_many(data)
        with running(ground):
            wait_until(lambda: ground.status()["error"])
            said = ground.status()
            told_after = compares(proxy)

            proxy.fault = None
            ask(ground)
            wait_until(lambda: ground.status()["error"] == "")

    assert said["error"] == (
        "The server contradicts itself about the folder INBOX: nothing was removed."
    )
    assert (said["server_count"], said["desk_count"]) == (6, 5)
    assert told_after >= 2
    assert ground.count("message") == 5
    ground.assert_alike("INBOX")


def test_numbers_that_disagree_once_are_compared_at_once_and_nobody_is_alarmed(ground):
    ground.server.append(ground.user, *(a_mail(n) for n in range(5)))
    ground.once()
    lies = 0

    def lie_in_the_first_look(_link, data):
        nonlocal lies
        if b"Examine completed" in data and b"* 5 EXISTS" in data and lies < 2:
            lies += 1
            return one_too_many(data)
        return data

    errors = set()
    with proxied(ground.server.port) as proxy:
        ground.imap = proxy.address()
        proxy.fault = lie_in_the_first_look
        with running(ground):
            wait_until(
                lambda: (
                    errors.add(ground.status()["error"]),
                    compares(proxy) and ground.state() == "idle",
                )[1]
            )

    assert lies
    assert errors == {""}
    ground.assert_alike("INBOX")
