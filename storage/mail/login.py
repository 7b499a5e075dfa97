"""Getting into an account: connect, log in, and once more where a token had run out."""

import ssl
from collections.abc import Callable, Sequence
from typing import TypeAlias

from storage.errors import LoginRefusedError
from storage.mail import imap, profiles, smtp
from storage.mail.imap import Mailbox
from storage.mail.oauth import once_more
from storage.mail.transport import Timeouts
from storage.records.account import Account

Secret: TypeAlias = Callable[[], str]
"Gives the password, or an access token: asked for before each login, for it runs out."


def mailbox(
    account: Account,
    secret: Secret,
    *,
    timeouts: Timeouts | None = None,
    context: ssl.SSLContext | None = None,
) -> Mailbox:
    """Return a mailbox that let us in.

    The secret is asked for once the server has answered: whoever is offline needs no token,
    and a command that prints one fails then for no other reason.

    Raises:
        LoginRefusedError: stop and ask.
        ServerError: not reachable, or not now.
    """

    def attempt() -> Mailbox:
        box = imap.connect(account.imap, timeouts=timeouts, context=context)
        try:
            box.login(account.username, secret(), oauth=account.oauth, profile=account.profile)
        except LoginRefusedError as error:
            box.close()
            raise _with_advice(error, account) from None
        except BaseException:
            box.close()
            raise
        return box

    return once_more(attempt)


def _with_advice(error: LoginRefusedError, account: Account) -> LoginRefusedError:
    """Say what the provider wants, where a password was refused that it takes from nobody."""
    if account.oauth:
        return error
    found = profiles.detected(chosen=account.profile, host=account.imap.host, capabilities=())
    return LoginRefusedError(f"{error} {found.name}: {found.note}") if found.note else error


def hand_over(
    account: Account,
    secret: Secret,
    *,
    sender: str,
    recipients: Sequence[str],
    raw: bytes,
    before_body: Callable[[], None],
    timeouts: Timeouts | None = None,
    context: ssl.SSLContext | None = None,
) -> smtp.Accepted:
    """Send a mail, see `smtp.hand_over`; an empty secret logs in as nobody."""

    def attempt() -> smtp.Accepted:
        word = secret()
        return smtp.hand_over(
            account.smtp,
            account.username if word else "",
            word,
            sender=sender,
            recipients=recipients,
            raw=raw,
            before_body=before_body,
            oauth=account.oauth,
            timeouts=timeouts,
            context=context,
        )

    return once_more(attempt)


def try_to_send(
    account: Account,
    secret: Secret,
    *,
    timeouts: Timeouts | None = None,
    context: ssl.SSLContext | None = None,
) -> None:
    """Log in where mail is sent, and leave.

    Raises:
        LoginRefusedError: stop and ask.
        ServerError: not reachable, or not now.
    """
    once_more(
        lambda: smtp.try_login(
            account.smtp,
            account.username,
            secret(),
            oauth=account.oauth,
            timeouts=timeouts,
            context=context,
        )
    )
