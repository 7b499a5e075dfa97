"""What the receiving provider found out about a sender (RFC 8601).

Anybody can write such a field. Believed is what our own provider wrote, under its name, on
top of everything that came from outside; and of what it wrote only what cannot be the
sender's words: addresses that a stranger chose are repeated in comments and quotes.
"""

import re
from collections.abc import Collection, Iterator, Sequence
from typing import Final

NAMELESS: Final = "-"
"Among the names: a provider that writes none at all, against the RFC (Exchange Online)."
_LONGEST: Final = 10_000
_MOST_FIELDS: Final = 20
_RESULT = re.compile(r"(dmarc|dkim|spf)\s*=\s*([a-z]+)", re.IGNORECASE)
_PIECE = re.compile(r'"(?:[^"\\]|\\.)*"|\\.|[()]|[^"\\()]+|.', re.DOTALL)
_ACTIVE = re.compile(r"[^\w@.+-]")
_DOMAIN_OF = {
    "dmarc": re.compile(r"header\.from\s*=\s*([^\s;]+)", re.IGNORECASE),
    "dkim": re.compile(r"header\.[di]\s*=\s*([^\s;]+)", re.IGNORECASE),
    "spf": re.compile(r"smtp\.mailfrom\s*=\s*([^\s;]+)", re.IGNORECASE),
}
_NOTHING: Final = frozenset({"none", "unknown", "bestguesspass"})
"Verdicts of whoever had nothing to judge by."


def believed(results: Sequence[str], *, authserv_ids: Collection[str]) -> Sequence[str]:
    """Return the fields, topmost first, that our own provider wrote.

    Args:
        results: Every Authentication-Results field above the mail's own part, topmost first.
        authserv_ids: A name stands for the topmost field alone. With a dot in front it stands
            for all names that end so, and for every field from the topmost on: some providers
            write one for each method.
    """
    names = {one.lower() for one in authserv_ids}
    if not results or not names:
        return ()
    if server(results[0]) in names:
        return results[:1]
    endings = tuple(one for one in names if one.startswith("."))
    ours: list[str] = []
    for one in results[:_MOST_FIELDS]:
        if not endings or not server(one).endswith(endings):
            break
        ours.append(one)
    return ours


def passed(results: Sequence[str], *, domain: str) -> bool | None:
    """Return whether fields of our own provider vouch for mail from `domain`.

    DMARC decides where it is given; else a DKIM signature or an SPF sender of the domain or of
    a domain above or below it. Of several fields the first that speaks of a method counts.
    None where none of the three was looked at, or a field makes no sense.
    """
    if not domain:
        return False
    verdicts: dict[str, list[tuple[str, bool]]] = {}
    for one in results:
        clauses = _clauses(one)
        if clauses is None:
            return None
        said: dict[str, list[tuple[str, bool]]] = {}
        for method, verdict, named in _found(clauses):
            is_ours = _aligned(named, domain) or (method == "dmarc" and not named)
            said.setdefault(method, []).append((verdict, is_ours))
        verdicts = said | verdicts
    judged = {
        method: [
            verdict == "pass" and is_ours for verdict, is_ours in some if verdict not in _NOTHING
        ]
        for method, some in verdicts.items()
    }
    if judged.get("dmarc"):
        return all(judged["dmarc"])
    seen = judged.get("dkim", []) + judged.get("spf", [])
    return any(seen) if seen else None


def server(results: str) -> str:
    """Return the authserv-id: who says so; NAMELESS where results begin at once."""
    clauses = _clauses(results) or [""]
    words = clauses[0].split()
    if not words:
        return ""
    return NAMELESS if _RESULT.match(clauses[0].strip()) else words[0].lower()


def _found(clauses: Sequence[str]) -> Iterator[tuple[str, str, str]]:
    """Yield (method, verdict, domain it is about)."""
    for clause in clauses:
        if result := _RESULT.match(clause.strip()):
            method, verdict = result[1].lower(), result[2].lower()
            of = _DOMAIN_OF[method].search(clause)
            named = of[1].rpartition("@")[2].lower().rstrip(".") if of else ""
            yield method, verdict, named


def _clauses(results: str) -> list[str] | None:
    """Return what stands between the semicolons, without comments; None where it is broken.

    What is quoted keeps its letters and loses whatever could end a clause or begin a result;
    in a comment too, a quote is one: receivers write a stranger's address into it.
    """
    kept, depth = [], 0
    for piece in _PIECE.findall(results[:_LONGEST]):
        if piece in "()":
            depth += 1 if piece == "(" else -1
        elif not depth:
            quoted = _ACTIVE.sub("_", piece[1:-1]) if piece[0] == '"' else None
            kept.append(piece if quoted is None else quoted)
        if depth < 0 or piece == '"':
            return None
    if depth or len(results) > _LONGEST:
        return None
    return "".join(kept).split(";")


def _aligned(named: str, domain: str) -> bool:
    short, long = sorted((named, domain), key=len)
    return "." in short and (long == short or long.endswith("." + short))
