"""What Thunderbird wrote above a mail: whether it was deleted.

A mail that is deleted or moved stays in the file until the folder is compacted, with a flag.
Only the fields above all others are Thunderbird's; further down they are the sender's word.
"""

import re
from typing import Final

_ABOVE: Final = re.compile(
    rb"\A(?:X-(?:Account-Key|UIDL|Mozilla-Keys|Mozilla-Status2):[^\r\n]*\r\n)*"
    rb"X-Mozilla-Status: ([0-9a-fA-F]{4})\r\n"
)
_EXPUNGED: Final = 0x0008


def is_deleted(raw: bytes) -> bool:
    """Return whether Thunderbird shows the mail no longer."""
    above = _ABOVE.match(raw)
    return above is not None and bool(int(above[1], 16) & _EXPUNGED)
