"""What the receiving provider found out about a sender (RFC 8601)."""

import re

_COMMENT = re.compile(r"\([^()]*\)")
_RESULT = re.compile(r"(dmarc|dkim|spf)\s*=\s*([a-z]+)", re.IGNORECASE)
_DOMAIN_OF = {
    "dmarc": re.compile(r"header\.from\s*=\s*\"?([^\s;\"]+)", re.IGNORECASE),
    "dkim": re.compile(r"header\.[di]\s*=\s*\"?([^\s;\"]+)", re.IGNORECASE),
    "spf": re.compile(r"smtp\.mailfrom\s*=\s*\"?([^\s;\"]+)", re.IGNORECASE),
}


def passed(results: str, *, domain: str) -> bool | None:
    """Return whether one Authentication-Results field vouches for mail from `domain`.

    DMARC decides where it is given; else a DKIM signature or an SPF sender of the domain or of
    a domain above or below it. None where none of the three was looked at.
    """
    if not domain:
        return False
    verdicts: dict[str, list[bool]] = {"dmarc": [], "dkim": [], "spf": []}
    for clause in _COMMENT.sub(" ", results[:10_000]).split(";")[1:]:
        found = _RESULT.match(clause.strip())
        if not found:
            continue
        method, verdict = found.group(1).lower(), found.group(2).lower()
        of = _DOMAIN_OF[method].search(clause)
        named = of.group(1).rpartition("@")[2].lower().rstrip(".") if of else ""
        is_ours = _aligned(named, domain) or (method == "dmarc" and not named)
        if verdict != "none":
            verdicts[method].append(verdict == "pass" and is_ours)
    if verdicts["dmarc"]:
        return all(verdicts["dmarc"])
    seen = verdicts["dkim"] + verdicts["spf"]
    return any(seen) if seen else None


def server(results: str) -> str:
    """Return the authserv-id: who says so."""
    words = _COMMENT.sub(" ", results[:1_000]).partition(";")[0].split()
    return words[0].lower() if words else ""


def _aligned(named: str, domain: str) -> bool:
    short, long = sorted((named, domain), key=len)
    return "." in short and (long == short or long.endswith("." + short))
