"""What a decision is called when it is taken back: 'close', 'assign'."""

from collections.abc import Sequence

_VERBS = {
    "ticket.close": "close",
    "ticket.reopen": "reopen",
    "ticket.dismiss": "not a ticket",
    "ticket.status": "status",
    "ticket.assign": "assign",
    "ticket.category": "category",
    "ticket.area": "product area",
    "ticket.priority": "priority",
    "ticket.import": "import",
    "ticket.imported": "import as history",
    "ticket.history": "import of older mail",
    "ticket.labels": "tags of an import",
    "ticket.snooze": "snooze",
    "ticket.tag": "tag",
    "ticket.link": "KB link",
    "ticket.unlink": "KB link taken away",
    "ticket.bug": "bug link",
    "ticket.feature": "feature request link",
    "ticket.note": "note",
    "message.move": "move of a message",
    "message.split": "split",
    "reply.queue": "reply",
    "reply.park": "park",
    "reply.retry": "retry",
    "reply.discard": "discard",
    "bug.file": "new bug",
    "bug.edit": "edit of a bug",
    "bug.state": "state of a bug",
    "bug.assign": "fixer of a bug",
    "feature.file": "new feature request",
    "feature.state": "state of a feature request",
    "article.write": "new article",
    "article.save": "edit of an article",
    "article.state": "state of an article",
    "article.area": "product area of an article",
    "article.audience": "audience of an article",
    "desk.set": "setting of the desk",
}
KINDS = frozenset(_VERBS)


def title_of(kinds: Sequence[str], *, things: int) -> str:
    """Return what a commit is called: 'category and product area', 'close (5 tickets)'."""
    verbs = list(dict.fromkeys(_VERBS.get(kind, kind) for kind in kinds))
    title = " and ".join([", ".join(verbs[:-1]), verbs[-1]] if len(verbs) > 1 else verbs)
    return f"{title} ({things} tickets)" if things > 1 else title
