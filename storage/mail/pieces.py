"""What a large part holds, decoded piece by piece: byte for byte what `content.decoded` says.

Two desks must agree on what a mail holds, however its bytes came to each. What this cannot
undo step by step (uuencode) is decoded at once, in memory.
"""

import binascii
from collections.abc import Iterator
from typing import Final

from storage.mail import content
from storage.mail.spooled import Raw, windows
from storage.mail.structure import Part

_WHITE_SPACE: Final = b" \t\r\n\x0b\x0c"
_PAD: Final = ord("=")


def of(raw: Raw, part: Part) -> tuple[Iterator[bytes], bool]:
    """Return a part's bytes in pieces, and whether its encoding could be undone without loss."""
    encoding = content.encoding(part)
    if encoding == "base64" and _is_sound(raw, part):
        return _base64(raw, part), True
    if encoding == "quoted-printable":
        return _quoted(raw, part), True
    if encoding == "base64":
        return content.salvaged(raw, part.start, part.end), False
    if encoding == "uuencode":
        held, is_whole = content.decoded(raw, part)
        return iter([held]), is_whole
    return windows(raw, part.start, part.end), True


def beginning(raw: Raw, part: Part, *, most: int) -> tuple[bytes, bool]:
    """Return the same at once; of more than `most` bytes the first and one more."""
    if part.end - part.start <= most:
        return content.decoded(raw, part)
    found, is_whole = of(raw, part)
    held = bytearray()
    for one in found:
        held += one
        if len(held) > most:
            del held[most + 1 :]
            break
    return bytes(held), is_whole


class Quads:
    """Base64 that comes in pieces, undone as `binascii.a2b_base64` undoes it at once."""

    def __init__(self) -> None:
        self._rest = b""
        self._has_ended = False

    @property
    def is_complete(self) -> bool:
        """Whether nothing is missing at the end."""
        return self._has_ended or not self._rest.replace(b"=", b"")

    def feed(self, piece: bytes) -> bytes:
        """Return what this piece of letters, digits, padding and white space adds."""
        if self._has_ended:
            return b""
        came = self._rest + piece.translate(None, _WHITE_SPACE)
        undone = []
        while (pad := came.find(b"=")) >= 0:
            whole = pad - pad % 4
            undone.append(binascii.a2b_base64(came[:whole]))
            came, pad = came[whole:], pad - whole
            if pad == 2 and len(came) == pad + 1:
                break
            if pad == 3 or (pad == 2 and came[pad + 1] == _PAD):
                self._has_ended = True
                undone.append(binascii.a2b_base64(came[:4]))
                came = b""
            else:
                # padding where none belongs counts for nothing
                came = came[:pad] + came[pad + 1 :]
        else:
            whole = len(came) - len(came) % 4
            undone.append(binascii.a2b_base64(came[:whole]))
            came = came[whole:]
        self._rest = came
        return b"".join(undone)


def _is_sound(raw: Raw, part: Part) -> bool:
    """Return whether base64 holds nothing else, and ends where it should."""
    quads = Quads()
    for piece in windows(raw, part.start, part.end):
        if content.NOT_BASE64.search(piece):
            return False
        quads.feed(piece)
    return quads.is_complete


def _base64(raw: Raw, part: Part) -> Iterator[bytes]:
    quads = Quads()
    for piece in windows(raw, part.start, part.end):
        yield quads.feed(piece)


def _quoted(raw: Raw, part: Part) -> Iterator[bytes]:
    """Yield quoted-printable text, cut behind line ends: nothing reaches over one."""
    waiting: list[bytes] = []
    for piece in windows(raw, part.start, part.end):
        cut = piece.rfind(b"\n") + 1
        if cut:
            yield binascii.a2b_qp(b"".join([*waiting, piece[:cut]]))
            waiting = []
        waiting.append(piece[cut:])
    yield binascii.a2b_qp(b"".join(waiting))
