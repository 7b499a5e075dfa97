"""`desk.toml` and the articles, as they are written."""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from importlib.resources import files
from typing import NotRequired, TypedDict, cast

from console.demo.letters import amount


class ToldBug(TypedDict):
    name: str
    title: str
    severity: str
    area: str
    state: str
    by: str
    ago: str
    steps: str
    expected: str
    actual: str
    tickets: list[str]
    "Practice mails."
    fixer: NotRequired[str]
    reproduced: NotRequired[bool]
    environment: NotRequired[str]
    impact: NotRequired[str]
    workaround: NotRequired[str]
    links: NotRequired[list[str]]


class ToldFeature(TypedDict):
    name: str
    title: str
    area: str
    state: str
    by: str
    ago: str
    tickets: list[str]
    detail: NotRequired[str]


class ToldTicket(TypedDict):
    mail: str
    by: str
    ago: str
    status: NotRequired[str]
    category: NotRequired[str]
    area: NotRequired[str]
    assignee: NotRequired[str]
    priority: NotRequired[str]
    articles: NotRequired[Mapping[str, str]]
    "Article to what it did for the ticket."
    tags: NotRequired[list[str]]
    note: NotRequired[str]


class Told(TypedDict):
    bug: list[ToldBug]
    feature: list[ToldFeature]
    ticket: list[ToldTicket]


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldArticle:
    name: str
    title: str
    area: str
    state: str
    audience: str
    owner: str
    ago: timedelta
    text: str
    "Markdown."


@cache
def desk() -> Told:
    text = files("console.demo").joinpath("desk.toml").read_text("utf-8")
    return cast("Told", tomllib.loads(text))


def articles() -> Iterator[ToldArticle]:
    for source in sorted(
        files("console.demo").joinpath("articles").iterdir(), key=lambda one: one.name
    ):
        head, _, text = source.read_text("utf-8").partition("\n---\n")
        told = dict(line.split(": ", 1) for line in head.split("\n"))
        yield ToldArticle(
            name=source.name.removesuffix(".md"),
            title=told["title"],
            area=told["area"],
            state=told["state"],
            audience=told["audience"],
            owner=told["owner"],
            ago=amount(told["ago"]),
            text=text,
        )
