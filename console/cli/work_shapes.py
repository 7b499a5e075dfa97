"""Bugs, feature requests and articles as `--json` prints them, by the names of `cli.md`."""

from console.cli.frame import Plain
from console.cli.shapes import Around, engineer, instant, short
from storage.records.ticket import Suggestion
from storage.records.work import Article, ArticleSummary, Bug, Feature


def bug(one: Bug, around: Around) -> dict[str, Plain]:
    form = one.form
    return {
        "id": short(one.id),
        "title": form.title,
        "severity": form.severity.value,
        "state": one.state.value,
        "area": form.area,
        "fixer": engineer(one.fixer, around),
        "customers": one.customers,
        "customers_7d": one.customers_7d,
        "customers_30d": one.customers_30d,
        "tickets": [short(uid) for uid in one.tickets],
        "steps": form.steps or None,
        "expected": form.expected or None,
        "actual": form.actual or None,
        "environment": form.environment or None,
        "impact": form.impact or None,
        "workaround": form.workaround or None,
        "reproduced": form.reproduced,
        "links": form.links,
        "created_at": instant(one.created_at),
    }


def feature(one: Feature) -> dict[str, Plain]:
    return {
        "id": short(one.id),
        "title": one.title,
        "detail": one.detail or None,
        "area": one.area,
        "state": one.state.value,
        "customers": one.customers,
        "customers_30d": one.customers_30d,
        "tickets": [short(uid) for uid in one.tickets],
        "created_at": instant(one.created_at),
    }


def article(one: ArticleSummary) -> dict[str, Plain]:
    return {
        "id": short(one.id),
        "title": one.title,
        "area": one.area,
        "state": one.state.value,
        "audience": one.audience.value,
        "owner": one.owner,
        "used_by": one.used_by,
        "updated_at": instant(one.updated_at),
    }


def whole_article(one: Article) -> dict[str, Plain]:
    return article(one.summary) | {"text": one.text, "versions": len(one.revisions)}


def suggestion(one: Suggestion) -> dict[str, Plain]:
    return {
        "id": short(one.article_id),
        "title": one.title,
        "why": one.why or None,
        "used_by": one.used_by,
    }
