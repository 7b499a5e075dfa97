"""Pages that come from the code are current."""

from pathlib import Path

import pytest

from console import docs

DOCS = Path(__file__).parents[2] / "docs"


@pytest.mark.parametrize("name", docs.PAGES)
def test_a_generated_page_says_what_the_code_says(name):
    assert (DOCS / name).read_text() == docs.PAGES[name](), "run: python -m console.docs"
