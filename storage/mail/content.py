"""What one part of a mail holds: its transfer encoding undone, its text in order."""

import binascii
import re
from collections.abc import Iterator

from storage.mail.spooled import Raw, windows
from storage.mail.structure import Part
from storage.rules.safe_text import file_name

NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/=\s]")
_NEITHER_DIGIT_NOR_PADDING = bytes(
    set(range(256)) - set(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=")
)
_USUAL_FOOTER = 16_384
_FULL_LINE = 60
"Base64 breaks its lines at 60 to 76; words seldom come in lines like that."
_META_CHARSET = re.compile(rb"(?i)<meta[^>]{1,300}?charset\s*=\s*[\"']?\s*([A-Za-z0-9_.:-]{2,40})")
_RICH_COMMAND = re.compile(r"<(?!<)[^<>]{0,60}>")

_EXTENSIONS = {
    "text/plain": ".txt",
    "text/html": ".html",
    "text/calendar": ".ics",
    "text/csv": ".csv",
    "text/vcard": ".vcf",
    "text/x-vcard": ".vcf",
    "text/rfc822-headers": ".txt",
    "message/rfc822": ".eml",
    "message/delivery-status": ".txt",
    "message/disposition-notification": ".txt",
    "image/jpeg": ".jpg",
    "image/png": ".png",
    "image/gif": ".gif",
    "image/webp": ".webp",
    "application/pdf": ".pdf",
    "application/zip": ".zip",
    "application/pgp-signature": ".asc",
    "application/pgp-encrypted": ".asc",
    "application/pkcs7-signature": ".p7s",
    "application/x-pkcs7-signature": ".p7s",
    "application/pkcs7-mime": ".p7m",
    "application/ms-tnef": ".dat",
}


def encoding(part: Part) -> str:
    """Return how a part is encoded: 'base64', 'quoted-printable', 'uuencode', or not at all."""
    said = part.head.first("content-transfer-encoding").strip().lower()
    if said in {b"x-uuencode", b"uuencode", b"x-uue", b"uue"}:
        return "uuencode"
    return next(
        (one for one in ("base64", "quoted-printable") if said.startswith(one.encode())), ""
    )


def decoded(raw: Raw, part: Part) -> tuple[bytes, bool]:
    """Return a part's bytes, and whether its transfer encoding could be undone without loss."""
    body = raw[part.start : part.end]
    match encoding(part):
        case "base64":
            return _base64(body)
        case "quoted-printable":
            return binascii.a2b_qp(body), True
        case "uuencode":
            return _uuencoded(body)
        case _:
            return body, True


def name(part: Part) -> str:
    """Return the file name that the mail gives a part, as it stands there; empty without one."""
    return (
        part.disposition[1].get("filename", "").strip() or part.parameters.get("name", "").strip()
    )


def shown_name(part: Part) -> str:
    """Return a name to show and save a part under: its own made safe, else one of ours."""
    said = name(part)
    return file_name(said or f"part-{part.number or 1}{_EXTENSIONS.get(part.mime, '.bin')}")


def charset(raw: bytes, part: Part) -> str:
    """Return the charset of a text part; an HTML page may name its own."""
    said = part.parameters.get("charset", "")
    if not said and part.mime == "text/html":
        found = _META_CHARSET.search(raw[:4_096])
        return found.group(1).decode("ascii") if found else ""
    return said


def unflowed(text: str, *, del_space: bool) -> str:
    """Return format=flowed text (RFC 3676) with its soft line ends taken out."""
    lines: list[str] = []
    pieces: list[str] = []
    depth = 0
    for line in text.split("\n"):
        bare = line.lstrip(">")
        level = len(line) - len(bare)
        bare = bare.removeprefix(" ")
        if pieces and level != depth:
            lines.append(_quoted(depth, "".join(pieces)))
            pieces = []
        depth = level
        if bare.endswith(" ") and bare != "-- ":
            pieces.append(bare[:-1] if del_space else bare)
            continue
        lines.append(_quoted(level, "".join([*pieces, bare])))
        pieces = []
    if pieces:
        lines.append(_quoted(depth, "".join(pieces)))
    return "\n".join(lines)


def without_rich_commands(text: str) -> str:
    """Return text/enriched (RFC 1896) as plain text."""
    return _RICH_COMMAND.sub("", text).replace("<<", "<")


def _quoted(depth: int, text: str) -> str:
    return ">" * depth + " " * bool(depth and text) + text


def salvaged(raw: Raw, start: int, end: int) -> Iterator[bytes]:
    """Yield what damaged base64 still says.

    Padding in the middle ends a piece: some encoders work in blocks.
    """
    rest = b""
    for piece in windows(raw, start, _footer_at(raw, start, end)):
        *closed, last = piece.translate(None, _NEITHER_DIGIT_NOR_PADDING).split(b"=")
        for one in closed:
            yield _to_its_end(rest + one)
            rest = b""
        rest += last
        whole = len(rest) - len(rest) % 4
        yield binascii.a2b_base64(rest[:whole])
        rest = rest[whole:]
    yield _to_its_end(rest)


def _base64(body: bytes) -> tuple[bytes, bool]:
    try:
        if not NOT_BASE64.search(body):
            return binascii.a2b_base64(body), True
    except binascii.Error:
        pass
    return b"".join(salvaged(body, 0, len(body))), False


def _to_its_end(digits: bytes) -> bytes:
    kept = digits[: len(digits) - (len(digits) % 4 == 1)]
    return binascii.a2b_base64(kept + b"=" * (-len(kept) % 4))


def _footer_at(raw: Raw, start: int, end: int) -> int:
    """Return where the words begin that a list has hung below base64; `end` without any."""
    size = _USUAL_FOOTER
    while True:
        begin = max(start, end - size)
        # the first line may have begun before; of the whole it is never a footer
        _, *lines = raw[begin:end].splitlines(keepends=True) or [b""]
        at, footer = end, end
        for line in reversed(lines):
            bare = line.rstrip(b"\r\n")
            at -= len(line)
            is_odd = NOT_BASE64.search(bare) or b" " in bare.strip()
            if not is_odd and len(bare) >= _FULL_LINE:
                return footer
            if is_odd:
                footer = at
        if begin == start:
            return footer
        size *= 4


def _uuencoded(body: bytes) -> tuple[bytes, bool]:
    lines = body.splitlines()
    begin = next((at for at, line in enumerate(lines) if line.startswith(b"begin ")), -1)
    pieces, is_whole = [], begin >= 0
    for line in lines[begin + 1 :]:
        if line.strip() in {b"end", b"`", b""}:
            continue
        try:
            pieces.append(binascii.a2b_uu(line))
        except binascii.Error:
            # Old encoders leave garbage after the last triple: the length byte says how much counts.
            size = ((line[0] - 32) & 63) * 4 // 3 + 5
            try:
                pieces.append(binascii.a2b_uu(line[:size]))
            except binascii.Error:
                is_whole = False
    return b"".join(pieces), is_whole
