"""What a terminal may be told: the sequences of Textual's own driver, and nothing else."""

import re

from storage.rules.safe_text import is_web_link

_ALLOWED = re.compile(
    r"\x1b\[\d+;\d+H"  # go to
    r"|\x1b\[[\d;]*m"  # look
    r"|\x1b\[\?(?:1000|1003|1004|1006|1015|1049|2004|2026|25|7)[hl]"  # modes
    r"|\x1b\[\?(?:2026|2048)\$p"  # which modes are there
    r"|\x1b\[(?:>25|<)u"  # which keys are told
    r"|\x1b\]22;[a-z-]*\x07"  # the shape of the pointer
    r"|\x1b\]8;[^;\x1b\x07]*;(?P<link>[^\x1b\x07]*)\x1b\\\\?"
    r"|\r|\n"
)
_CONTROL = re.compile(r"[^ -~]")


def violations(drawn, *, more=""):
    """Return what stands in the bytes of a terminal and may not; `more` is allowed too.

    Text outside a sequence must be printable: no control, no C1, nothing that reorders.
    """
    text = drawn.decode("utf-8", errors="strict")
    found, at = [], 0
    also = re.compile(more) if more else None
    while matched := _CONTROL.search(text, at):
        at = matched.start()
        allowed = _ALLOWED.match(text, at) or (also.match(text, at) if also else None)
        if allowed:
            link = allowed.groupdict().get("link")
            if link and not is_web_link(link):
                found.append(link)
            at = allowed.end()
            continue
        if not text[at].isprintable():
            found.append(text[max(0, at - 20) : at + 40])
        at += 1
    return found
