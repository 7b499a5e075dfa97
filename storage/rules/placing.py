"""Reads the mails of a component one by one and says where each belongs.

The one decision that shaped it: an id says where a mail wants to go, taking part decides
whether it gets in. Whoever stands in From, To or Cc of a ticket's mails takes part in it.
Sources: "mail: which ticket does this mail belong to"; Chatwoot PR 13502, Zammad 5064 and
5716, FreeScout 4020 and 5620 for what goes wrong otherwise.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from storage.records.ids import MessageKey, as_typed, derived_uid
from storage.records.mail import ThreadMail
from storage.records.words import Direction
from storage.rules.components import named_ids, reported_ids

MANY = 10
"Outside addresses: a mail of ours to more of them starts no common conversation."
_MOST_RECIPIENTS = 50


def own_uid(mail: ThreadMail) -> str:
    """Return the uid of the ticket that `mail` would open if it named nothing."""
    return uid_of_id(mail.message_id) if mail.message_id else derived_uid("ticket", mail.key)


def uid_of_id(message_id: str) -> str:
    """Return the uid of the ticket whose root is the mail with that Message-ID."""
    return derived_uid("ticket", message_id.encode())


def root_uid(mail: ThreadMail) -> str:
    """Return the uid of the ticket that `mail` opens: its oldest reference, else itself."""
    root = next(iter(mail.references), "")
    return uid_of_id(root) if root else own_uid(mail)


def second_uid(mail: ThreadMail) -> str:
    """Return the uid of the ticket that `mail` opens beside one it may not enter."""
    return derived_uid("second", own_uid(mail).encode())


def twin_uid(mail: ThreadMail) -> str:
    """Return the same where another mail with its Message-ID already took that one."""
    return derived_uid("second", mail.key)


def is_ours(mail: ThreadMail) -> bool:
    return mail.is_colleague or mail.direction is Direction.OUT


def waits(mail: ThreadMail) -> bool:
    """Say whether `mail` is an automatic report whose body, and so its place, is not here yet."""
    return mail.is_report and not mail.has_body and not is_ours(mail)


@dataclass(slots=True, eq=False)
class Group:
    """A ticket in the making."""

    uid: str
    people: set[str] = field(default_factory=set)
    "Who takes part: From, To and Cc of its members, our own addresses not counted."
    has_customer: bool = False
    is_ticket: bool = False
    "Has an inbound mail, or an engineer chose it; else it is only mail of ours."
    is_chosen: bool = False
    "An engineer moved mail here: that its answers also name where it came from says nothing."

    def includes(self, mail: ThreadMail) -> bool:
        """Say whether who wrote `mail` takes part; for a mail of ours, whom it went to."""
        if is_ours(mail):
            return not mail.recipients or not mail.recipients.isdisjoint(self.people)
        return bool(mail.sender) and mail.sender in self.people

    def welcome(self, mail: ThreadMail) -> None:
        """Take the people of a member in. A bounce brings none: robots take part in nothing."""
        if mail.is_report:
            return
        self.people |= mail.recipients
        if not is_ours(mail):
            self.has_customer = True
            if mail.sender:
                self.people.add(mail.sender)


class Found(NamedTuple):
    group: Group
    why: str
    is_member: bool = True


class Placed(NamedTuple):
    mail: ThreadMail
    found: Found | None
    "None: a report that waits for its body."


class Move(NamedTuple):
    """An engineer's correction, its ticket resolved."""

    uid: str
    by: str


@dataclass(frozen=True, slots=True)
class _Known:
    """What is known of an id."""

    group: Group
    mail: ThreadMail | None
    "None: only named, no mail here has it."
    is_open_letter: bool = False
    "Of ours, and no conversation with a customer yet: whoever answers is not yet one of many."
    is_moved: bool = False


@dataclass(slots=True)
class Placing:
    """The state of reading: what was placed, and what each id seen so far leads to."""

    moves: Mapping[MessageKey, Move] = field(default_factory=dict)
    taken: Collection[str] = frozenset()
    "Uids that lead elsewhere and may not be given to a new ticket."
    placed: list[Placed] = field(default_factory=list)
    groups: dict[str, Group] = field(default_factory=dict)
    token_lengths: frozenset[int] = frozenset()
    _known: dict[str, _Known] = field(default_factory=dict)
    _branches: dict[tuple[str, str], Group] = field(default_factory=dict)
    "(id, address) -> the ticket of its own that this sender got for answering that id."
    _begun_uids: set[str] = field(default_factory=set)
    _tokens: dict[str, Group | None] = field(default_factory=dict)
    "Beginnings of uids; None where two tickets share it."

    def read(self, mail: ThreadMail) -> None:
        """Place the next mail of `reading_order`."""
        move = self.moves.get(mail.key)
        if waits(mail) and not move:
            self.placed.append(Placed(mail, None))
            return
        found = self._find(mail)
        if found.is_member:
            # Also for a mail that an engineer moved away: what it names, and who wrote it,
            # still says where its siblings belong.
            found.group.welcome(mail)
            self._remember_named(mail, found.group)
        if move:
            found = self._moved(mail, move)
        found.group.is_ticket |= not is_ours(mail)
        self._remember(mail, found.group, is_moved=bool(move))
        self.placed.append(Placed(mail, found))

    def _find(self, mail: ThreadMail) -> Found:
        refusing: list[str] = []
        return (
            self._reported(mail)
            or self._answered(mail, refusing)
            or self._twin(mail, refusing)
            or self._named_in_subject(mail)
            or self._begun(mail, refusing)
        )

    def _reported(self, mail: ThreadMail) -> Found | None:
        """Find the mail of ours that a bounce is about; a forged one finds nothing."""
        if not mail.is_report:
            return None
        for one in reported_ids(mail):
            known = self._known.get(one)
            if known and (one in mail.proven or (known.mail and is_ours(known.mail))):
                return Found(known.group, "reports on a mail of ours")
        return None

    def _answered(self, mail: ThreadMail, refusing: list[str]) -> Found | None:
        """Find the nearest mail it answers; `refusing` gets the ids that did not let it in."""
        for one in named_ids(mail):
            known = self._known.get(one)
            if known is None:
                continue
            if found := self._branch(one, mail) or _judged(mail, one, known):
                return found._replace(why=found.why + self._also_named(mail, found.group))
            refusing.append(one)
            if known.is_open_letter:
                break
        return None

    def _twin(self, mail: ThreadMail, refusing: list[str]) -> Found | None:
        """Find the ticket of another mail with the same Message-ID: real ids repeat."""
        known = self._known.get(mail.message_id)
        if known is None:
            return None
        if found := self._branch(mail.message_id, mail):
            return found
        if known.group.includes(mail):
            return Found(known.group, "has the Message-ID of a message of this ticket")
        refusing.append(mail.message_id)
        return None

    def _named_in_subject(self, mail: ThreadMail) -> Found | None:
        group = self._tokens.get(as_typed(mail.subject_token))
        if group and group.includes(mail):
            return Found(group, "its subject names this ticket, nothing else does")
        return None

    def _begun(self, mail: ThreadMail, refusing: list[str]) -> Found:
        """Open a ticket: of its own, where `refusing` ids lead to one it may not enter."""
        uids = (root_uid(mail), second_uid(mail), twin_uid(mail))
        uid = next((one for one in uids[bool(refusing) : 2] if self._is_free(one)), uids[-1])
        self._begun_uids.add(uid)
        group = self._group(uid)
        if mail.sender and not is_ours(mail):
            for one in refusing:
                self._branches.setdefault((one, mail.sender), group)
        return Found(group, self._why_begun(mail, refusing))

    def _moved(self, mail: ThreadMail, move: Move) -> Found:
        group = self._group(move.uid)
        group.is_chosen = group.is_ticket = True
        group.welcome(mail)
        return Found(group, f"moved here by {move.by or 'an engineer'}")

    def _branch(self, message_id: str, mail: ThreadMail) -> Found | None:
        people = sorted(mail.recipients)[:_MOST_RECIPIENTS] if is_ours(mail) else (mail.sender,)
        for one in people:
            if group := self._branches.get((message_id, one)):
                return Found(group, "goes on with what its sender wrote before")
        return None

    def _also_named(self, mail: ThreadMail, group: Group) -> str:
        """Return the rest of the sentence where a mail names a second ticket; it never merges."""
        if group.is_chosen:
            return ""
        for one in named_ids(mail):
            other = self._known.get(one)
            if other and other.mail and other.group is not group and other.group.has_customer:
                return f"; it also names ticket {other.group.uid[:8]}"
        return ""

    def _why_begun(self, mail: ThreadMail, refusing: list[str]) -> str:
        if refusing:
            return _why_apart(mail, refusing[-1], self._known[refusing[-1]])
        if as_typed(mail.subject_token) in self._tokens:
            return "first message: its subject names a ticket that its sender takes no part in"
        if is_ours(mail):
            return "first message, from us"
        if named_ids(mail):
            return "first message: what it answers is not on this desk"
        return "first message"

    def _is_free(self, uid: str) -> bool:
        # Not `groups`: a move names a ticket before its own first message is read.
        return uid not in self._begun_uids and uid not in self.taken

    def _group(self, uid: str) -> Group:
        return self.groups.setdefault(uid, Group(uid))

    def _remember(self, mail: ThreadMail, group: Group, *, is_moved: bool) -> None:
        """Let later mails find this one by its id; ours are believed before a stranger's."""
        known = self._known.get(mail.message_id)
        is_first = not known or not known.mail or (is_ours(mail) and not is_ours(known.mail))
        if mail.message_id and is_first:
            is_open_letter = is_ours(mail) and not (named_ids(mail) and group.has_customer)
            self._known[mail.message_id] = _Known(
                group, mail, is_open_letter=is_open_letter and not is_moved, is_moved=is_moved
            )
        if self.token_lengths:
            for uid in (group.uid, own_uid(mail)):
                for length in self.token_lengths:
                    start = uid[:length]
                    self._tokens[start] = group if self._tokens.get(start, group) is group else None

    def _remember_named(self, mail: ThreadMail, group: Group) -> None:
        """Let siblings find each other by a parent that no mail here has."""
        ours = (one for one in reported_ids(mail) if one in mail.proven)
        for one in (*named_ids(mail), *ours):
            if one not in self._known:
                self._known[one] = _Known(group, None)


def _judged(mail: ThreadMail, message_id: str, known: _Known) -> Found | None:
    """Return how `mail` enters the ticket of an id it answers; None where it is refused."""
    group = known.group
    if known.mail is None:
        if group.includes(mail):
            return Found(group, "answers a mail that others here name too")
        is_held = message_id in mail.proven and group.has_customer and not is_ours(mail)
    elif known.is_open_letter:
        if _is_asked(mail, known.mail) or (is_ours(mail) and group.includes(mail)):
            return Found(group, "answers a mail of ours")
        is_held = False
    elif is_ours(mail) or group.includes(mail):
        return Found(group, _why_answered(known))
    else:
        is_held = group.has_customer or known.is_moved
    why = "answers a message of this ticket, but its sender takes no part in it"
    return Found(group, why, is_member=False) if is_held else None


def _is_asked(mail: ThreadMail, letter: ThreadMail) -> bool:
    return len(letter.recipients) <= MANY and mail.sender in letter.recipients


def _why_answered(known: _Known) -> str:
    if known.is_moved:
        return "answers a message that was moved here"
    if known.mail and is_ours(known.mail):
        return "answers our reply"
    return "answers a message of this ticket"


def _why_apart(mail: ThreadMail, message_id: str, known: _Known) -> str:
    if message_id == mail.message_id:
        return "first message: another mail has the same Message-ID"
    if known.mail is None or not known.is_open_letter:
        return "first message: strangers to its sender answer the same mail"
    if len(known.mail.recipients) > MANY:
        return "first message: answers a mail that we sent to many"
    return "first message: answers a mail that we did not send to its sender"
