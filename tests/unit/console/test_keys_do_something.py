"""A key that is shown does something: every action of a place is there."""

import importlib

import pytest

from console import keys
from console.places import PLACES

PARTS = {
    "global": "console.desk_screen:DeskScreen",
    "close_sheet": "console.sheets.close:CloseSheet",
    "category_sheet": "console.sheets.category:CategorySheet",
    "kb_sheet": "console.sheets.kb:KbSheet",
    "confirm": "console.sheets.confirm:ConfirmSheet",
    "reading": "console.sheets.reading:ReadingSheet",
    "article_review": "console.sheets.article:ArticleSheet",
    **PLACES,
}


@pytest.mark.parametrize("context", PARTS)
def test_every_key_of_a_place_has_its_action(context):
    module, _, name = PARTS[context].partition(":")
    place = getattr(importlib.import_module(module), name)

    missing = [
        one.id
        for one in keys.DEFAULT.own(context)
        if not hasattr(place, f"action_{one.action.partition('(')[0]}")
    ]

    assert missing == []
