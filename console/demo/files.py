"""Attachments of the practice mails: small pictures and documents made from a few words."""

import struct
import zlib
from collections.abc import Sequence

_FONT = b"/Resources << /Font << /F1 5 0 R >> >>"


def content(mime: str, text: str) -> bytes:
    """Return the bytes of an attachment that is described by `text`."""
    if mime == "image/png":
        return png([[int(value) for value in line.split()] for line in text.strip().split("\n")])
    if mime == "application/pdf":
        return pdf(text.rstrip("\n").split("\n"))
    return text.encode()


def png(rows: Sequence[Sequence[int]], *, cell: int = 16) -> bytes:
    """Return a picture of bars: each row's values (0-9) are the heights of its bars."""
    wide = max(len(row) for row in rows) * cell
    lines = []
    for row in rows:
        for level in range(9, -1, -1):
            colours = b"".join(
                (b"\x2f\x6f\xd8" if value > level else b"\xf4\xf6\xf8") * cell for value in row
            )
            lines += [b"\0" + colours.ljust(wide * 3, b"\xf4")] * 4
        lines.append(b"\0" + b"\x99" * (wide * 3))
    header = struct.pack(">IIBBBBB", wide, len(lines), 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(b"".join(lines), 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        for kind, body in chunks
    )


def pdf(lines: Sequence[str]) -> bytes:
    """Return one page with these lines (Latin-1) on it."""
    shown = "\n".join(f"({_escaped(line)}) Tj T*" for line in lines)
    stream = f"BT /F1 10 Tf 14 TL 50 790 Td\n{shown}\nET".encode("latin-1", "replace")
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R %s >>" % _FONT,
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Courier >>",
    ]
    out = bytearray(b"%PDF-1.4\n")
    places = []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % at for at in places)
    out += b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (
        len(objects) + 1,
        table,
    )
    return bytes(out)


def _escaped(line: str) -> str:
    return line.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)")
