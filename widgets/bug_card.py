"""A bug or a feature request as a card: how bad, what, who fixes it, how many it touches."""

from collections.abc import Mapping
from dataclasses import dataclass

from storage.records.words import BugState, FeatureState, Severity
from storage.records.work import Bug, Feature
from widgets.cells import Line, clip, fit, line_width, shorten, spread
from widgets.wrap import wrap

CARD_HEIGHT = 4
"Two lines of title, one of facts, one blank."

SEVERITY = {
    Severity.CRITICAL: ("C", "bold severity-critical"),
    Severity.HIGH: ("H", "bold severity-high"),
    Severity.LOW: ("L", "severity-low"),
}
BUG_COLUMNS = {
    BugState.REPORTED: "Reported",
    BugState.CONFIRMED: "Confirmed",
    BugState.FIXING: "Fixing",
    BugState.FIXED: "Fixed",
    BugState.RELEASED: "Released",
    BugState.WONT_FIX: "Won't fix",
}
FEATURE_COLUMNS = {
    FeatureState.ASKED: "Asked",
    FeatureState.PLANNED: "Planned",
    FeatureState.SHIPPED: "Shipped",
    FeatureState.DECLINED: "Declined",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """What a column of the board shows of one thing."""

    key: str
    handle: str
    badge: str
    badge_role: str
    title: str
    who: str
    "Who fixes it; empty while nobody does."
    touched: tuple[str, ...]
    "How many customers, and how many lately; the fullest wording first."
    is_rising: bool = False


def bug_card(bug: Bug, *, names: Mapping[str, str]) -> Card:
    badge, role = SEVERITY[bug.form.severity]
    return Card(
        key=bug.id,
        handle=bug.handle,
        badge=badge,
        badge_role=role,
        title=bug.form.title,
        who=_name(bug.fixer, names),
        touched=customers(bug.customers, week=bug.customers_7d, month=bug.customers_30d),
        is_rising=bug.customers_7d * 2 > bug.customers_30d > 1,
    )


def feature_card(feature: Feature) -> Card:
    return Card(
        key=feature.id,
        handle=feature.handle,
        badge="R",
        badge_role="severity-low",
        title=feature.title,
        who=feature.area or "",
        touched=customers(feature.customers, week=None, month=feature.customers_30d),
    )


def _name(email: str | None, names: Mapping[str, str]) -> str:
    return names.get(email, email.partition("@")[0]) if email else ""


def customers(ever: int, *, week: int | None, month: int) -> tuple[str, ...]:
    """Return '12 customers 3/7d 8/30d' and shorter wordings of it; what is nought is left out."""
    if not ever:
        return ("no customer yet", "0")
    words = f"{ever:,} customer{'' if ever == 1 else 's'}"
    lately = f" {week}/7d" if week else ""
    monthly = f" {month}/30d" if month else ""
    return (words + lately + monthly, words + lately, words, f"{ever:,}")


def card_lines(card: Card, width: int, *, is_chosen: bool, has_focus: bool) -> list[Line]:
    """Return the lines of a card, each exactly `width` cells, the blank one below left out."""
    ground = ("@cursor" if has_focus else "@cursor-rest") if is_chosen else ""
    bar = "\N{BOX DRAWINGS HEAVY VERTICAL}" if is_chosen else "\N{BOX DRAWINGS LIGHT VERTICAL}"
    role = "cursor-bar" if is_chosen else "rule-strong"
    lead = ((bar, f"bold {role} {ground}"), (" ", ground))
    room = max(width - 2, 8)
    title = wrap(card.title or "(no title)", room - 2)
    if len(title) > 2:
        title[1] = clip(title[1], room - 4).rstrip(" .,") + ".."
    rows: list[Line] = [
        (
            (f"{card.badge} ", f"{card.badge_role} {ground}"),
            (fit(title[0], room - 2), f"ink {ground}"),
        ),
        ((fit(f"  {title[1]}" if len(title) > 1 else "", room), f"ink {ground}"),),
        _facts(card, room, ground),
    ]
    return [(*lead, *row) for row in rows]


def _facts(card: Card, room: int, ground: str) -> Line:
    left: Line = (("  ", ""), (f"{card.handle} ", "ink-faint"), (shorten(card.who, 12), "ink-dim"))
    rising = "rising " if card.is_rising else ""
    wordings = [(rising, words) for words in card.touched]
    wordings += [("", card.touched[-1])]
    fits = (one for one in wordings if line_width(left) + len("".join(one)) + 2 <= room)
    urgent, words = next(fits, ("", ""))
    line = spread(left, ((urgent, "bold soon"), (f"{words} ", "ink-dim")), room)
    filled = (*line, (" " * (room - line_width(line)), ""))
    return tuple((text, f"{role} {ground}") for text, role in filled)
