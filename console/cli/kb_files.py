"""Articles as Markdown files: a few lines of front matter, then the text.

    ---
    id: 7KQ2ABCDEFGHJKMN
    title: How to mend webhooks
    state: published
    ---
    The answer.

A file without front matter is an article whose title is its first heading, or its name.
"""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from console.cli import choices, texts
from console.cli.frame import readable
from storage.errors import NotFoundError, UsageError
from storage.records.ids import UID_LENGTH, ArticleId, as_typed
from storage.records.words import ArticleState, Audience
from storage.records.work import Article

_FENCE: Final = "---"
_FIELD: Final = re.compile(r"([a-z_]+):[ \t]*(.*)")
_HEADING: Final = re.compile(r"#[ \t]+(\S.*)")
_UID: Final = re.compile(rf"[0-9A-HJKMNP-TV-Z]{{{UID_LENGTH}}}")
_LARGEST_BYTES: Final = 2_000_000
_LONGEST_NAME: Final = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleFile:
    """What a file says about an article; None where it does not say."""

    article_id: ArticleId | None
    title: str
    text: str
    area: str | None = None
    state: ArticleState | None = None
    audience: Audience | None = None
    owner: str | None = None


def found(folder: Path) -> list[Path]:
    """Return the Markdown files in `folder` and below it, by name.

    Raises:
        NotFoundError: there is no such folder.
    """
    if not folder.is_dir():
        raise NotFoundError(f"There is no folder {readable(str(folder))}.")
    home = folder.resolve()
    # a link that leads out of the folder may lead to what is nobody's business
    return sorted(
        path
        for path in folder.rglob("*.md")
        if path.is_file() and path.resolve().is_relative_to(home)
    )


def read(path: Path) -> ArticleFile:
    """Return what the file says.

    Raises:
        UsageError: it cannot be read, or says what cannot be.
    """
    try:
        raw = path.read_bytes()
        document = raw.decode("utf-8-sig")
    except OSError as error:
        raise UsageError(f"{_shown(path)} cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise UsageError(f"{_shown(path)} is not UTF-8 text.") from None
    if len(raw) > _LARGEST_BYTES:
        raise UsageError(f"{_shown(path)} is larger than {_LARGEST_BYTES // 1_000_000} MB.")
    fields, text = _parted(texts.clean(document))
    title, text = (fields["title"], text) if fields.get("title") else _titled(text, path)
    try:
        return ArticleFile(
            article_id=_uid(fields.get("id", "")),
            title=texts.line(title),
            text=text,
            area=fields.get("area") or None,
            state=choices.one_of(ArticleState, fields["state"], what="state of an article")
            if fields.get("state")
            else None,
            audience=choices.one_of(Audience, fields["audience"], what="audience")
            if fields.get("audience")
            else None,
            owner=fields.get("owner") or None,
        )
    except UsageError as error:
        raise UsageError(f"{_shown(path)}: {error}") from None


def write(article: Article, folder: Path) -> Path:
    """Write the article into `folder` and return where.

    Raises:
        UsageError: it cannot be written.
    """
    one = article.summary
    slug = re.sub(r"[^a-z0-9]+", "-", one.title.lower())[:_LONGEST_NAME].strip("-")
    path = folder / f"{slug or 'article'}-{one.id[:8]}.md"
    head = "\n".join(f"{name}: {value}" for name, value in _fields(article))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        # a link that somebody laid there is not followed
        how = os.O_CREAT | os.O_TRUNC | os.O_WRONLY | os.O_NOFOLLOW
        with os.fdopen(os.open(path, how, 0o666), "w", encoding="utf-8", newline="\n") as file:
            file.write(f"{_FENCE}\n{head}\n{_FENCE}\n{article.text}")
    except OSError as error:
        raise UsageError(f"{_shown(path)} cannot be written: {error.strerror}.") from None
    return path


def _fields(article: Article) -> Iterator[tuple[str, str]]:
    one = article.summary
    yield "id", one.id
    yield "title", one.title
    if one.area:
        yield "area", one.area
    yield "state", one.state.value
    yield "audience", one.audience.value
    if one.owner:
        yield "owner", one.owner


def _parted(document: str) -> tuple[dict[str, str], str]:
    """Return the front matter's fields and the text after it."""
    lines = document.split("\n")
    if lines[0].rstrip() != _FENCE:
        return {}, document
    fields: dict[str, str] = {}
    for at, line in enumerate(lines[1:], 1):
        if line.rstrip() == _FENCE:
            return fields, "\n".join(lines[at + 1 :])
        if not (known := _FIELD.fullmatch(line.rstrip())):
            return {}, document  # a rule at the top of a text, not front matter
        fields[known[1]] = known[2].strip()
    return {}, document


def _titled(text: str, path: Path) -> tuple[str, str]:
    first, _, rest = text.lstrip("\n").partition("\n")
    if heading := _HEADING.fullmatch(first.rstrip()):
        return heading[1], rest.lstrip("\n")
    return re.sub(r"[-_]+", " ", readable(path.stem)).strip(), text


def _uid(typed: str) -> ArticleId | None:
    if not typed:
        return None
    if not _UID.fullmatch(uid := as_typed(typed)):
        raise UsageError(f"'{typed[:40]}' is no id of an article.")
    return ArticleId(uid)


def _shown(path: Path) -> str:
    return readable(str(path))
