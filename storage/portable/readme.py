"""What lies in an export, for whoever opens it in ten years."""

from typing import Final

README: Final = """A support desk, as rotadesk wrote it

mail/YEAR.mbox     Every mail, by the year of its arrival, in the mbox format (mboxrd). Mail
                   programs open it; so does Python's mailbox module. Mails that were imported
                   or sent from here are as they travelled, byte for byte. Of others the desk
                   keeps the header, the text and the files: these are put together again, the
                   header as it came, and carry X-Rotadesk-Rebuilt. The mail server has the
                   originals.
mail/mails.jsonl   What the desk knows of each mail, one JSON object a line: where it stands in
                   its mbox (bytes), its key, its ticket, when it arrived, its files.
files/TICKET/      The files of the mails, by the first 8 characters of the ticket's id.
tickets.jsonl      Every ticket with its notes; `mails` are keys of mail/mails.jsonl.
tickets.csv        The same for a spreadsheet, without notes. A cell that would be a formula
                   begins with an apostrophe.
facts.jsonl        Every decision anybody took, oldest first: who, what, and what is so since.
                   Tickets, bugs and articles are what these lines and the mails add up to.
                   facts-unread.jsonl has those that no rotadesk here could read, if any.
articles/*.md      The knowledge base, Markdown with a few lines of front matter. Older versions
                   are in facts.jsonl.
bugs.jsonl         Bugs, and features.jsonl: feature requests.
settings.json      What the team shares: addresses, areas, what a close needs. No password is
                   in here, nor the team's key (team.key in the desk folder).
drafts.jsonl       What was being written, and unsent.jsonl: replies that had not left.
manifest.json      What made this, how much of it there is, and the SHA-256 of each file.

Times are UTC. Texts are UTF-8.

`rotadesk import desk FOLDER` makes the same desk of it, in a desk folder that is empty. It
needs manifest.json, mail/ and facts.jsonl as they are, to the byte; all else is for you. What
was being written is not taken in. Nothing is sent, and where a mail lies on the server is
asked of the server.
"""
