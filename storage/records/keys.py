"""Keys of facts. They are in the journal for ever: add, never rename."""

STATUS = "status"
SEEN = "seen"
"Hex of the first 8 bytes of every inbound message's key that the decider's desk held."
CATEGORY = "category"
AREA = "area"
ASSIGNEE = "assignee"
PRIORITY = "priority"
SNOOZED_UNTIL = "snoozed_until"
CLOCK = "clock"
"Milliseconds UTC before which no target of a ticket counts: when it was imported."
TITLE = "title"
SEVERITY = "severity"
STATE = "state"
FIXER = "fixer"
FORM = "form:"
"Bug: form:steps, form:expected, …; feature: form:detail."
AUDIENCE = "audience"
OWNER = "owner"
TICKET = "ticket"
"Of a message: the uid it was moved to or split into."

KB = "kb:"
BUG = "bug:"
FEATURE = "feature:"
TAG = "tag:"
NOTE = "note:"
REVISION = "rev:"
ENGINEER = "engineer:"
TARGETS = "targets."

DESK = "desk"
HOLIDAYS = "holidays"
"A setting that no fact holds: the days of 'hours.holidays'."


def ticket(uid: str) -> str:
    return f"ticket:{uid}"


def message(key: bytes) -> str:
    return f"message:{key.hex()}"


def bug(uid: str) -> str:
    return f"bug:{uid}"


def feature(uid: str) -> str:
    return f"feature:{uid}"


def article(uid: str) -> str:
    return f"article:{uid}"
