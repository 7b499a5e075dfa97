"""A bug or a feature request as an article to read."""

from storage.records.desk import DeskSettings
from storage.records.work import Bug, Feature
from storage.rules.bug_text import HEADINGS
from widgets.bug_card import BUG_COLUMNS, FEATURE_COLUMNS


def bug_markdown(bug: Bug, desk: DeskSettings) -> str:
    """Return the whole report; what was not filled in is left out."""
    form = bug.form
    fixer = f"{desk.name_of(bug.fixer)} fixes it" if bug.fixer else "nobody fixes it yet"
    facts = [
        f"{form.severity} severity",
        BUG_COLUMNS[bug.state].lower(),
        fixer,
        _customers(bug.customers, bug.customers_7d),
        *([form.area] if form.area else []),
        "reproduced" if form.reproduced else "not reproduced yet",
    ]
    parts = [f"# {form.title}", f"#{bug.handle} · {' · '.join(facts)}"]
    for field, heading in HEADINGS.items():
        value = "\n".join(f"- <{one}>" for one in form.links) if field == "links" else ""
        text = value or (str(getattr(form, field)) if field != "links" else "")
        if text.strip():
            parts.append(f"## {heading}\n\n{text.strip()}")
    return "\n\n".join(parts)


def feature_markdown(feature: Feature, desk: DeskSettings) -> str:
    facts = [
        FEATURE_COLUMNS[feature.state].lower(),
        _customers(feature.customers, 0),
        *([feature.area] if feature.area else []),
        f"logged by {desk.name_of(feature.created_by)}",
    ]
    parts = [f"# {feature.title}", f"#{feature.handle} · {' · '.join(facts)}"]
    return "\n\n".join([*parts, *([feature.detail] if feature.detail else [])])


def _customers(ever: int, week: int) -> str:
    lately = f", {week} this week" if week else ""
    return f"{ever} customer{'' if ever == 1 else 's'}{lately}"
