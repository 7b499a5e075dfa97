"""A folder whose mails get new numbers while a session is under way."""

import pytest

from storage.records.desk import DeskSettings
from tests.imap.engine_ground import SUPPORT, a_mail, session_of

MORE_THAN_A_BATCH = 60


@pytest.mark.parametrize("is_seen_at_once", [True, False])
def test_no_mail_gets_the_text_of_another_when_numbers_change(ground, is_seen_at_once):
    ground.seed = DeskSettings(address=SUPPORT, intake=("INBOX", "Support"))
    mails = [a_mail(n, text=f"This is text {n}.") for n in range(MORE_THAN_A_BATCH)]
    ground.server.create(ground.user, "Support", "Restored")
    ground.server.append(ground.user, *mails, folder="Support")
    ground.server.append(ground.user, *reversed(mails), folder="Restored")
    with session_of(ground) as session:
        session.look()
        inbox, support, *_ = session.inbound.boxes
        while session.inbound.backfill(support):
            pass
        session.bodies.next_batch()
        assert ground.count("message", "has_body=0") > 0
        session.inbound.open(inbox)

        ground.server.doveadm("mailbox", "rename", "-u", ground.user, "Support", "Old")
        ground.server.doveadm("mailbox", "rename", "-u", ground.user, "Restored", "Support")
        if is_seen_at_once:
            session.inbound.open(support)
        while session.step():
            pass

    texts = ground.rows("SELECT subject, body FROM message_text")
    assert len(texts) == MORE_THAN_A_BATCH
    assert all(subject.split()[-1] == body.split()[3].rstrip(".") for subject, body in texts)
