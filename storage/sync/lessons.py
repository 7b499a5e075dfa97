"""What a server has taught us about itself, for good: which of its offers mislead.

Kept with the desk and not with the connection: a server that once announced removals which
never happened will do so again. A person takes a lesson back by emptying it.
"""

from typing import Final

from storage.mail.imap import Mailbox
from storage.queries import hot
from storage.records.local import ViewState
from storage.store import Desk
from storage.sync.kit import Kit

DISTRUSTED: Final = "engine.distrusts"
"View state: capabilities, one space between."


def learned(desk: Desk) -> frozenset[str]:
    """Return the capabilities that are not used on this account any more."""
    return frozenset(" ".join(desk.hot(hot.view_state(DISTRUSTED))).split())


def learn(kit: Kit, mailbox: Mailbox, capability: str) -> None:
    """Do without a capability, now and on every later connection."""
    mailbox.distrust(capability)
    known = learned(kit.desk)
    if capability not in known:
        kit.log(f"the server's {capability} misleads: done without from now on")
        kit.desk.write(ViewState(key=DISTRUSTED, value=" ".join(sorted(known | {capability}))))
