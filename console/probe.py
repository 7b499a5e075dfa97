"""Whether a mail account answers: log in, look around, leave. Nothing is changed there."""

from dataclasses import dataclass

from storage.mail import login
from storage.mail.folders import find_role
from storage.mail.login import Secret
from storage.mail.profiles import Profile
from storage.mail.transport import Timeouts
from storage.records.account import Account
from storage.records.remote import RemoteFolder
from storage.records.words import FolderRole

_TIMEOUTS = Timeouts(connect=15.0, read=20.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mailbox:
    """What a login to the mailbox finds."""

    folders: tuple[RemoteFolder, ...]
    mails: int
    "In the inbox."
    profile: Profile
    "Whose server it is."
    sent: str
    "Name of the folder of sent mail; empty where nothing says which it is."


def mailbox(account: Account, secret: Secret) -> Mailbox:
    """Log in to read mail.

    Raises:
        ServerError: not reachable, or refused; the sentence says why.
    """
    box = login.mailbox(account, secret, timeouts=_TIMEOUTS)
    try:
        folders = tuple(box.folders())
        inbox = find_role(folders, FolderRole.INTAKE) or "INBOX"
        found = box.status(inbox)
    finally:
        box.close()
    sent = find_role(folders, FolderRole.SENT) or ""
    return Mailbox(folders=folders, mails=found.exists or 0, profile=box.profile, sent=sent)


def post_office(account: Account, secret: Secret) -> None:
    """Log in to send mail, and send none.

    Raises:
        ServerError: not reachable, or refused; the sentence says why.
    """
    login.try_to_send(account, secret, timeouts=_TIMEOUTS)
