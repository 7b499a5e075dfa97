"""The mark on what was answered: never on another mail."""

import re

from tests.imap.engine_ground import a_mail
from tests.imap.outbox_ground import queue, the_reply
from tests.imap.proxy import proxied
from tests.imap.test_archive import other_numbers


def test_38_no_mail_is_marked_as_answered_under_numbers_that_have_changed(post):
    ground, sink = post
    (uid,) = ground.server.append(ground.user, a_mail(1))
    ground.once()
    queue(ground)
    with proxied(ground.server.port) as proxy:
        ground.imap, proxy.fault = proxy.address(), other_numbers
        ground.once()

    assert len(sink.mails) == 1
    assert not re.search(rb"UID STORE", proxy.heard)
    assert the_reply(ground).state == "accepted"

    ground.imap = ground.server.address()
    ground.once()

    assert (len(sink.mails), the_reply(ground).state) == (1, "sent")
    assert ground.server.flags(ground.user) == {uid: {"\\Answered"}}
    ground.assert_alike("INBOX", "Sent")
