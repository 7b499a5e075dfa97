"""The files in a mail of ours, read back from the bytes that we made."""

from email import message_from_bytes, policy

from storage.mail.compose import OutgoingFile
from storage.rules import safe_text


def files_of(raw: bytes) -> tuple[OutgoingFile, ...]:
    """Return what was attached to a mail that `compose` made; of others nothing is promised."""
    found = []
    for part in message_from_bytes(raw, policy=policy.SMTP).iter_attachments():
        content = part.get_payload(decode=True)
        if isinstance(content, bytes):
            name = safe_text.file_name(part.get_filename() or "")
            mime = part.get_content_type()
            found.append(OutgoingFile(filename=name, mime=mime, content=content))
    return tuple(found)
