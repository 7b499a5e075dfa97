"""A mail as it came, and the files in it."""

from dataclasses import dataclass

from storage.records.query import Query


@dataclass(frozen=True, slots=True)
class MailSource:
    """What is kept of a mail's bytes."""

    header: bytes
    "Its header block, compressed with zlib."
    raw: bytes | None
    "The whole of it, where this desk keeps it: imported mails, and those we sent."


def source(message_id: int) -> Query[MailSource]:
    return Query(
        "SELECT header, raw FROM message WHERE id=?",
        (message_id,),
        lambda row: MailSource(row[0], row[1]),
    )
