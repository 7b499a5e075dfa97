"""What a link names: an article of ours by its id, or a web page by its address."""

from console.cli import naming, texts
from storage.queries import named
from storage.records.query import Runs


def target(run: Runs, page: str) -> str:
    """Return the uid of the article that `page` names; an address stays as it is."""
    if "://" in page:
        return texts.line(page)
    return naming.thing(run, page, what="article", named=named.articles)
