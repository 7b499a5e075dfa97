"""A bug's form as text under headings, so that it can be written in any editor, and back."""

import re
from dataclasses import replace
from typing import Final

from storage.records.work import BugForm

HEADINGS: Final = {
    "steps": "Steps to reproduce",
    "expected": "Expected",
    "actual": "Actual",
    "environment": "Environment",
    "impact": "Impact",
    "workaround": "Workaround",
    "links": "Links",
}
_FIELDS: Final = {heading.casefold(): field for field, heading in HEADINGS.items()}
_HEADING: Final = re.compile(r"##\s+(.+?)\s*$")
_ENVIRONMENT: Final = re.compile(
    r"\b(v?\d+\.\d+(\.\d+)?|version|python|node|ruby|php|java|golang|sdk|cli|chrome|firefox|safari|edge"
    r"|macos|windows|linux|ubuntu|debian|docker|kubernetes|ios|android)\b",
    re.IGNORECASE,
)
_ENVIRONMENT_LINES: Final = 6
_ENVIRONMENT_WIDTH: Final = 160
_ACTUAL_LINES: Final = 25


def as_text(form: BugForm) -> str:
    """Return the form as Markdown, every heading there, filled or not."""
    filled = {field: getattr(form, field) for field in HEADINGS if field != "links"}
    filled["links"] = "\n".join(form.links)
    return "\n".join(
        f"## {heading}\n\n{filled[field].strip()}\n" for field, heading in HEADINGS.items()
    )


def read(text: str, form: BugForm) -> BugForm:
    """Return `form` with what stands under each heading of `text`.

    A heading of somebody's own, and what comes before the first, belongs to what it follows;
    nothing that was written is dropped.
    """
    found: dict[str, list[str]] = {field: [] for field in HEADINGS}
    current = "steps"
    for line in text.splitlines():
        heading = _HEADING.match(line)
        field = _FIELDS.get(heading[1].casefold()) if heading else None
        if field:
            current = field
        else:
            found[current].append(line)
    texts = {field: "\n".join(lines).strip() for field, lines in found.items()}
    return replace(
        form,
        steps=texts["steps"],
        expected=texts["expected"],
        actual=texts["actual"],
        environment=texts["environment"],
        impact=texts["impact"],
        workaround=texts["workaround"],
        links=tuple(dict.fromkeys(texts["links"].split())),
    )


def begun(*, subject: str, words: str, area: str | None, customers: int) -> BugForm:
    """Return a form begun from what a customer wrote.

    Args:
        subject: Of the ticket; the title, to be made better.
        words: The customer's own, quotes and signature taken out.
        area: Product area of the ticket.
        customers: How many the report comes from.
    """
    lines = words.strip().splitlines()
    environment = [line.strip() for line in lines if _names_environment(line)]
    return BugForm(
        title=subject,
        area=area,
        actual="\n".join(lines[:_ACTUAL_LINES]).strip(),
        environment="\n".join(dict.fromkeys(environment[:_ENVIRONMENT_LINES])),
        impact=f"{customers} customer{'' if customers == 1 else 's'} so far.",
    )


def _names_environment(line: str) -> bool:
    return len(line) <= _ENVIRONMENT_WIDTH and bool(_ENVIRONMENT.search(line))
