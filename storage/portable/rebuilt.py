"""A mail whose bytes the desk does not keep, made whole again out of what it does keep.

The header block stays as it came, but for the fields that describe the body: those stand under
another name, so that the block can be had back byte for byte.
"""

import base64
import binascii
import hashlib
import re
from collections.abc import Iterable
from typing import Final
from urllib.parse import quote

MARK: Final = b"X-Rotadesk-Rebuilt: "
_SAID: Final = b"from the header, the text and the files that the desk keeps"
_WAS: Final = b"X-Rotadesk-Was-"
_ABOUT_THE_BODY: Final = re.compile(
    rb"(?im)^((?:x-rotadesk-was-)*(?:content-[^\s:]+|mime-version))"
)
_RENAMED: Final = re.compile(
    rb"(?im)^x-rotadesk-was-((?:x-rotadesk-was-)*(?:content-[^\s:]+|mime-version))"
)
_OURS: Final = re.compile(rb"\A" + re.escape(MARK) + rb".*\r\nMIME-Version.*\r\nContent-Type.*\r\n")
_NEWLINE: Final = re.compile(rb"\r?\n")
_A_MIME: Final = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]{0,60}/[a-z0-9][a-z0-9!#$&^_.+-]{0,90}")


def whole(header: bytes, text: str, files: Iterable[tuple[str, str, str, bytes]]) -> bytes:
    """Return a mail with this header block, text and files.

    Args:
        header: As it came, with the blank line that ends it.
        text: As people read it.
        files: (name, type, Content-ID or empty, content), in their order.
    """
    boundary = b"=_rotadesk_" + hashlib.sha256(header).hexdigest()[:32].encode()
    parts = [_text(text), *(_file(*one) for one in files)]
    body = b"".join(b"--" + boundary + b"\r\n" + part + b"\r\n" for part in parts)
    kept = _ABOUT_THE_BODY.sub(_WAS + rb"\1", header)
    if not kept.endswith((b"\r\n\r\n", b"\n\n")):
        kept += b"\r\n\r\n"
    lead = MARK + _SAID + b"\r\nMIME-Version: 1.0\r\n"
    lead += b'Content-Type: multipart/mixed; boundary="' + boundary + b'"\r\n'
    return lead + kept + body + b"--" + boundary + b"--\r\n"


def header_of(raw: bytes, size: int | None = None) -> bytes | None:
    """Return the header block that a rebuilt mail was made of; None of any other mail.

    Args:
        raw: The mail.
        size: Of the block; None: up to its first blank line.
    """
    ours = _OURS.match(raw)
    if ours is None:
        return None
    # the names that were changed made it longer; what is left over lies beyond `size`
    found = _RENAMED.sub(rb"\1", raw[ours.end() :])
    return found.partition(b"\r\n\r\n")[0] + b"\r\n\r\n" if size is None else found[:size]


def _text(text: str) -> bytes:
    # istext leaves line ends alone; a line that begins with a boundary cannot: "=" is encoded
    encoded = binascii.b2a_qp(text.encode("utf-8", "replace"), istext=True)
    return (
        b"Content-Type: text/plain; charset=utf-8\r\n"
        b"Content-Transfer-Encoding: quoted-printable\r\n\r\n" + _NEWLINE.sub(b"\r\n", encoded)
    )


def _file(name: str, mime: str, cid: str, content: bytes) -> bytes:
    kind = (
        mime
        if _A_MIME.fullmatch(mime) and not mime.startswith(("multipart/", "message/"))
        else ("application/octet-stream")
    )
    identity = cid if cid.isascii() and cid.isprintable() and not re.search(r"[<>\s]", cid) else ""
    head = (
        f"Content-Type: {kind}\r\nContent-Transfer-Encoding: base64\r\n"
        f"Content-Disposition: attachment; filename*=utf-8''{quote(name, safe='')}\r\n"
        + (f"Content-ID: <{identity}>\r\n" if identity else "")
    )
    return head.encode() + b"\r\n" + base64.encodebytes(content).replace(b"\n", b"\r\n")
