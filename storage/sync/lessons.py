"""What a server has taught us about itself, for good: which of its offers mislead.

Kept with the desk and not with the connection: a server that once announced removals which
never happened will do so again.
"""

from storage.mail.imap import Mailbox
from storage.queries import hot
from storage.queries import sync as queries
from storage.records.local import ViewState
from storage.store import Desk
from storage.sync.kit import Kit


def learned(desk: Desk) -> frozenset[str]:
    """Return the capabilities that are not used on this account any more."""
    return frozenset(" ".join(desk.hot(hot.view_state(queries.DISTRUSTED))).split())


def learn(kit: Kit, mailbox: Mailbox, capability: str) -> None:
    """Do without a capability, now and on every later connection."""
    mailbox.distrust(capability)
    known = learned(kit.desk)
    if capability not in known:
        kit.log(f"the server's {capability} misleads: done without from now on")
        kit.desk.write(
            ViewState(key=queries.DISTRUSTED, value=" ".join(sorted(known | {capability})))
        )
