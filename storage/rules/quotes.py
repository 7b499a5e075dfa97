"""Which lines of a mail are its author's own, which are quoted, which are a signature.

Structure, not language: what a quote looks like (`>`, a line that ends in a colon above it, a
block of `Word: value` lines) is the same in every tongue we met. Nothing is ever deleted: every
folding rule hides somebody's words now and then, so a fold keeps them one key away. One pass
over the lines, no pattern spans two of them.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Literal

from storage.rules.safe_text import one_line

Kind = Literal["own", "quote", "signature"]

_OWN: Kind = "own"
_QUOTE: Kind = "quote"
_SIGNATURE: Kind = "signature"

_MOST_LINES = 20_000
"Lines that are judged; a mail with more shows the rest as it is."
_OPEN_QUOTE_LINES = 8
"A quote this short that is answered below stays open: it is what the answer is about."
_ATTRIBUTION_LINES = 4
_LONGEST_ATTRIBUTION_LINE = 300
_LOOSE_SIGNATURE_LINES = 10
"`--` without its space ends a letter only where this little follows."

_QUOTED = re.compile(r"[ \t\xa0]{0,4}>")
_ENDS_IN_COLON = re.compile(r"[:\uff1a][*_ \t\xa0]*$")
_DATED = re.compile(r"\b(?:19|20)\d\d\b|\d{1,2}[:.h]\d\d\b|\d年|\d{1,2}[./-]\d{1,2}[./-]\d\d")
_ADDRESS = re.compile(r"[^\s<>@]@[\w-]+\.")
_LABEL = re.compile(
    r"[ \t\xa0>]*\*?([^\W\d_](?:[^\W\d_]|[ .'\u2019/-]){0,30}?)[ \xa0]?\*?[ \xa0]?[:\uff1a](?!//)"
)
_RULE = re.compile(
    r"[ \t]*(?:[-_=*\u2500\u2013\u2014]{3,}.{0,80}[-_=*\u2500\u2013\u2014]{3,}|[-_=*\u2500\u2013\u2014]{5,})[ \t]*$"
)
_RULE_SIGNS = frozenset("-_=*\u2500\u2013\u2014")
_WORDY_RULE = re.compile(
    r"[ \t]*[-_=*\u2500\u2013\u2014]{2,}[ \t]?[^\W_].{0,80}[-_=*\u2500\u2013\u2014]{2,}[ \t]*:?$"
)
_OF_A_COPY = re.compile(
    r"(?i)origin|orygin|urspr|oorspronk|oprindel|opprinnel|alkuper|eredeti|původní|исходн|оригинал"
    r"|forward|weitergeleit|transf[eé]r|reenvi|inoltrat|doorgestuurd|vidarebef|переслан|原始|元の|转发|轉寄"
)
"Word stems of the line that mail programs put above a mail they copy."
_FROM = frozenset(
    {
        *("from", "von", "de", "da", "do", "van", "från", "fra", "od", "no", "nuo", "dari"),
        *("mittente", "lähettäjä", "feladó", "kimden", "odesílatel", "expéditeur", "remitente"),
        *("saatja", "pošiljatelj", "от", "від", "отправитель", "από", "מאת", "من", "từ", "จาก"),
        *("差出人", "送信者", "发件人", "发送人", "寄件者", "寄件人", "보낸사람", "보낸 사람"),
    }
)
"What the first line of a copied header block says, in the languages of mail programs."
_SENT_FROM = re.compile(
    r"(?i)[ \t(<]*(?:sent (?:from|with|via|by|using) |from my i|get \[?outlook for |von meinem |"
    r"gesendet (?:von|mit|aus) |diese nachricht wurde von meinem |envoyé (?:depuis|de|à partir) |"
    r"enviado (?:desde|do|a partir|de) |inviato da|verzonden (?:vanaf|met|van|via) |"
    r"verstuurd vanaf |skickat från |sendt fra |lähetetty |wysłane z |odesláno z |"
    r"отправлено (?:\u0441|из) |надіслано з |iphoneから|從我的 |从我的 |发自我的|나의 )"
)
_SIGNS_OFF = frozenset("-—sfgvdeiwol\u043eн從从发나")
"First letters of all that may open a signature: most lines are done with at once."


@dataclass(frozen=True, slots=True)
class Span:
    """A run of whole lines of one kind; the spans' texts joined by newlines are the mail."""

    kind: Kind
    text: str

    @property
    def lines(self) -> int:
        return self.text.count("\n") + 1


def fold(text: str) -> tuple[Span, ...]:
    """Return `text` cut into what its author wrote, what is quoted, and the signature.

    All of it is `own` where nothing else would be left open.
    """
    lines = text.split("\n")
    kinds = _kinds(lines)
    _open_short_answered_quotes(lines, kinds)
    spans, at = [], 0
    for kind, run in groupby(kinds):
        size = sum(1 for _ in run)
        spans.append(Span(kind, "\n".join(lines[at : at + size])))
        at += size
    return tuple(spans)


def own_words(text: str) -> str:
    """Return what the author of a mail wrote: no quotes, no signature, however short.

    All of `text` where that leaves nothing, as in a forwarded mail without a word added.
    """
    lines = text.split("\n")
    own = [line for line, kind in zip(lines, _kinds(lines), strict=True) if kind == _OWN]
    return "\n".join(own).strip() or text.strip()


def snippet(text: str, *, limit: int = 140) -> str:
    """Return the first own words of a mail on one line."""
    # The first screen is enough where it holds them: a fifth of the time, under a lock.
    if len(text) > 20 * limit:
        lines = text[: 20 * limit].split("\n")[:-1]
        own = [line for line, kind in zip(lines, _marked(lines), strict=True) if kind == _OWN]
        first = " ".join("\n".join(own)[: 8 * limit].split())[: 2 * limit]
        if len(first) > limit:
            return one_line(first, limit=limit)
    # A snippet never needs the two megabytes that may follow.
    return one_line(own_words(text[: 200 * limit])[: 8 * limit], limit=limit)


def _kinds(lines: Sequence[str]) -> list[Kind]:
    """Return what each line is; own, all of them, where nothing else would be left."""
    kinds = _marked(lines)
    if all(kind != _OWN or not line.strip() for line, kind in zip(lines, kinds, strict=True)):
        return [_OWN] * len(lines)
    return kinds


def _marked(lines: Sequence[str]) -> list[Kind]:
    seen = lines[:_MOST_LINES]
    kinds: list[Kind] = [_OWN] * len(seen)
    end = _tail_of_copied_mail(seen)
    for at in range(end, len(seen)):
        kinds[at] = _QUOTE
    _mark_quoted_runs(seen[:end], kinds)
    _mark_signature(seen, kinds)
    rest = kinds[-1] if end < len(seen) else _OWN
    return kinds + [rest] * (len(lines) - len(seen))


# -- A whole mail copied below the answer -------------------------------------------------


def _tail_of_copied_mail(lines: Sequence[str]) -> int:
    """Return the line where a mail copied without `>` begins; it goes to the end."""
    for at, line in enumerate(lines):
        # most lines are prose: two looks cost a fifth of three patterns
        if ":" not in line and "\uff1a" not in line and line.lstrip(" \t")[:1] not in _RULE_SIGNS:
            continue
        if _WORDY_RULE.match(line) and (_OF_A_COPY.search(line) or _names_a_mail(lines, at + 1)):
            return at
        if _LABEL.match(line) and (at == 0 or not _LABEL.match(lines[at - 1])):
            start = _header_block(lines, at)
            if start is not None:
                return start
        if _ends_an_unmarked_attribution(lines, at):
            return _attribution_start(lines, at)
    return len(lines)


def _names_a_mail(lines: Sequence[str], at: int) -> bool:
    below = [line for line in lines[at : at + 6] if line.strip()]
    return bool(below) and bool(
        _QUOTED.match(below[0])
        or _label(below[0]) in _FROM
        or (sum(bool(_LABEL.match(line)) for line in below) > 1 and "@" in "".join(below))
    )


def _header_block(lines: Sequence[str], at: int) -> int | None:
    """Return where the header block that starts at `at` is to be cut, None if it is none."""
    block: list[str] = []
    for line in lines[at : at + 24]:
        if not line.strip() and len(block) < 2:
            continue
        if not line.strip():
            break
        block.append(line)
    labels = [line for line in block if _LABEL.match(line)]
    ruled = _line_above(lines, at)
    if len(labels) < 3 - (_label(lines[at]) in _FROM) or len(block) > 3 * len(labels):
        return None
    dated = {at for at, line in enumerate(labels) if _DATED.search(line)}
    addressed = {at for at, line in enumerate(labels) if "@" in line}
    known = _label(lines[at]) in _FROM
    if known or ruled is not None:
        said = bool(dated or addressed) and (len(labels) > 2 or bool(dated))
    else:
        # A form that a customer filled in is `Word: value` too; only a mail's head has both.
        said = len(labels) >= 4 and bool(dated - addressed) and bool(addressed - dated)
    if not said:
        return None
    return at if ruled is None else ruled


def _line_above(lines: Sequence[str], at: int) -> int | None:
    """Return the separator right above line `at`, blank lines between them allowed."""
    above = at - 1
    while above >= 0 and at - above <= 3 and not lines[above].strip():
        above -= 1
    if above >= 0 and (_RULE.match(lines[above]) or _WORDY_RULE.match(lines[above])):
        return above
    return None


def _label(line: str) -> str:
    found = _LABEL.match(line)
    return found.group(1).strip().lower() if found else ""


# -- Lines with `>` and what stands above them ------------------------------------------------


def _mark_quoted_runs(lines: Sequence[str], kinds: list[Kind]) -> None:
    last = None
    for at, line in enumerate(lines):
        if ">" not in line[:5] or not _QUOTED.match(line):
            continue
        kinds[at] = _QUOTE
        if last is None or any(one.strip() for one in lines[last + 1 : at]):
            _mark_attribution(lines, kinds, at)
        else:
            for blank in range(last + 1, at):
                kinds[blank] = _QUOTE
        last = at


def _mark_attribution(lines: Sequence[str], kinds: list[Kind], quote: int) -> None:
    end = quote - 1
    while end >= 0 and quote - end <= 3 and not lines[end].strip():
        end -= 1
    if end < 0 or kinds[end] != _OWN or not _ENDS_IN_COLON.search(lines[end]):
        return
    start = _attribution_start(lines, end)
    if any(re.search(r"[\d@]", line) for line in lines[start : end + 1]):
        for at in range(start, quote):
            kinds[at] = _QUOTE


def _attribution_start(lines: Sequence[str], end: int) -> int:
    """Return the first of the at most four lines that say who wrote what is quoted."""
    start = end
    while start > 0 and end - start < _ATTRIBUTION_LINES - 1:
        above = lines[start - 1]
        so_far = " ".join(lines[start : end + 1])
        tells_who = ("@" in above or "<" in above) and not _ADDRESS.search(so_far)
        tells_when = re.search(r"\d", above) and not _DATED.search(so_far)
        if not (tells_who or tells_when) or _QUOTED.match(above):
            break
        start -= 1
    return start


def _ends_an_unmarked_attribution(lines: Sequence[str], at: int) -> bool:
    """Whether a mail program said here who wrote what follows, and then copied it bare.

    Stricter than above a `>`: "These are the steps:" must stay open, so it takes a date and
    an address.
    """
    line = lines[at]
    if len(line) > _LONGEST_ATTRIBUTION_LINE or not _ENDS_IN_COLON.search(line):
        return False
    start = _attribution_start(lines, at)
    said = " ".join(lines[start : at + 1])
    if not (_DATED.search(said) and _ADDRESS.search(said)) or _LABEL.match(lines[start]):
        return False
    below = next((one for one in lines[at + 1 : at + 5] if one.strip()), "")
    return bool(below) and not _QUOTED.match(below)


# -- Signatures ------------------------------------------------------------------------------


def _mark_signature(lines: Sequence[str], kinds: list[Kind]) -> None:
    """Mark from the first `-- ` of the author's own to the next quote or the end."""
    for at, line in enumerate(lines):
        may_be = line.lstrip().lstrip(" \t(<")[:1].casefold()[:1] in _SIGNS_OFF
        if not may_be or kinds[at] != _OWN or not _starts_signature(lines, kinds, at):
            continue
        for below in range(at, len(lines)):
            if kinds[below] != _OWN:
                break
            kinds[below] = _SIGNATURE
        if line.startswith("--"):
            return


def _starts_signature(lines: Sequence[str], kinds: Sequence[Kind], at: int) -> bool:
    line = lines[at]
    if line in {"-- ", "--\xa0"}:
        return True
    if line.strip() not in {"--", "—"} and not _SENT_FROM.match(line):
        return False
    below = 0
    for text, kind in zip(lines[at + 1 : at + 40], kinds[at + 1 : at + 40], strict=True):
        if kind != _OWN:
            break
        below += bool(text.strip())
    if line.strip() in {"--", "—"}:
        return 0 < below <= _LOOSE_SIGNATURE_LINES
    return below == 0 and len(line) < 90 and (at == 0 or not lines[at - 1].strip())


def _open_short_answered_quotes(lines: Sequence[str], kinds: list[Kind]) -> None:
    """Leave open what is answered line by line, in place."""
    at = 0
    for kind, run in [(kind, sum(1 for _ in run)) for kind, run in groupby(kinds)]:
        end = at + run
        if kind == _QUOTE and run <= _OPEN_QUOTE_LINES:
            below = zip(kinds[end : end + 3], lines[end : end + 3], strict=True)
            if any(one == _OWN and line.strip() for one, line in below):
                kinds[at:end] = [_OWN] * run
        at = end
