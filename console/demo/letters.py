"""Practice mails as they are written: many in a file, a few header lines and a body each.

    === webhook-twice-1
    kind: bug
    from: Jonas Wiecek <jonas@parcelbay.example>
    subject: every delivery arrives twice
    ago: 2d 3h
    client: gmail
    ---
    Since {{clock -40m}} every event comes twice.
    +++ worker.log text/plain
    {{iso -40m}} evt_8Qm delivered

`ago` is before the first start; `in` is after it, for a mail that comes in while the console
is open. `re` names the letter that is answered; `{{quote}}` in the body quotes it as the
mail program would, `{{wrote}}` is the attribution line alone.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from email.utils import parseaddr
from functools import cache
from importlib.resources import files

from storage.records.mail import Address

_START = re.compile(r"^=== ([a-z0-9-]+)$", re.MULTILINE)
_FILE = re.compile(r"^\+\+\+ (\S+) ([a-z]+/[a-z0-9.+-]+)$", re.MULTILINE)
_AMOUNT = re.compile(r"(\d+)([dhms])")
_MOMENT = re.compile(
    r"\{\{(iso|ms|hms|clock|day|date|weekday|month|unix|http|syslog)(?: ([-+])([0-9dhms ]+))?\}\}"
)
_FORMS = {
    "iso": "%Y-%m-%dT%H:%M:%SZ",
    "http": "%a, %d %b %Y %H:%M:%S GMT",
    "syslog": "%b %d %H:%M:%S",
    "hms": "%H:%M:%S",
    "clock": "%H:%M",
    "day": "%Y-%m-%d",
    "weekday": "%A",
    "month": "%B",
}
_IN_UTC = frozenset({"iso", "http", "syslog"})
_UNITS = {"d": "days", "h": "hours", "m": "minutes", "s": "seconds"}
_KNOWN = frozenset(
    {"kind", "from", "to", "cc", "reply-to", "subject", "ago", "in", "client", "re", "tz", "lang"}
    | {"folder", "auth", "html", "charset", "encoding", "h", "report"}
    | {"answer-thanks", "answer-broken", "answer-question"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """One practice mail before it has a date."""

    name: str
    fields: Mapping[str, str]
    extra: tuple[tuple[str, str], ...]
    "Header fields as they stand: those of robots and lists."
    body: str
    files: tuple[tuple[str, str, str], ...]
    "File name, MIME type, text or description."

    @property
    def kind(self) -> str:
        return self.fields["kind"]

    @property
    def sender(self) -> Address:
        return Address(*parseaddr(self.fields["from"]))

    @property
    def folder(self) -> str:
        return self.fields.get("folder", "INBOX")

    @property
    def client(self) -> str:
        return self.fields.get("client", "gmail")

    @property
    def lang(self) -> str:
        return self.fields.get("lang", "en")

    @property
    def zone(self) -> timezone:
        text = self.fields.get("tz", "+0000")
        minutes = int(text[1:3]) * 60 + int(text[3:5])
        return timezone(timedelta(minutes=minutes if text[0] == "+" else -minutes))

    @property
    def parent(self) -> str | None:
        return self.fields.get("re")

    @property
    def comes_after(self) -> timedelta:
        """After the first start; zero for what is there already."""
        return amount(self.fields.get("in", ""))

    def at(self, begun: datetime) -> datetime:
        """Return when it was written, in its author's zone."""
        return (begun + self.comes_after - amount(self.fields.get("ago", ""))).astimezone(self.zone)


def amount(text: str) -> timedelta:
    """Return '2d 3h' as a duration."""
    return timedelta(**{_UNITS[unit]: int(number) for number, unit in _AMOUNT.findall(text)})


def moments(text: str, at: datetime) -> str:
    """Return `text` with its `{{iso -3m}}` as moments before or after `at`."""

    def moment(found: re.Match[str]) -> str:
        away = amount(found[3] or "")
        when = at - away if found[2] == "-" else at + away
        return _moment(found[1], when)

    return _MOMENT.sub(moment, text)


def _moment(form: str, when: datetime) -> str:
    utc = when.astimezone(UTC)
    if form == "unix":
        return str(int(utc.timestamp()))
    if form == "ms":
        return f"{utc:%Y-%m-%dT%H:%M:%S}.{utc.second * 7919 % 1000:03d}Z"
    if form == "date":
        return f"{when.day} {when:%B}"
    return (utc if form in _IN_UTC else when).strftime(_FORMS[form])


@cache
def letters() -> tuple[Letter, ...]:
    """Return all practice mails, in the order they were written down."""
    sources = files("console.demo").joinpath("mails")
    texts = sorted(
        (one.name, one.read_text("utf-8")) for one in sources.iterdir() if one.name.endswith(".txt")
    )
    return tuple(letter for _, text in texts for letter in read(text))


def read(text: str) -> Iterator[Letter]:
    """Yield the letters of one file.

    Raises:
        ValueError: a letter without its line of dashes, or with a field nobody knows.
    """
    pieces = _START.split(text)
    for name, source in zip(pieces[1::2], pieces[2::2], strict=True):
        head, dashes, rest = source.strip("\n").partition("\n---\n")
        fields = [_pair(line) for line in head.split("\n")]
        if unknown := {key for key, _ in fields} - _KNOWN:
            raise ValueError(f"Letter {name} has fields that nobody knows: {sorted(unknown)}.")
        if not dashes:
            raise ValueError(f"Letter {name} has no body.")
        body, *attached = _FILE.split(rest)
        yield Letter(
            name=name,
            fields={key: value for key, value in fields if key != "h"},
            extra=tuple(_pair(value) for key, value in fields if key == "h"),
            body=body.strip("\n") + "\n",
            files=tuple(
                (filename, mime, content.strip("\n") + "\n")
                for filename, mime, content in zip(
                    attached[::3], attached[1::3], attached[2::3], strict=True
                )
            ),
        )


def _pair(line: str) -> tuple[str, str]:
    key, _, value = line.partition(": ")
    return key, value
