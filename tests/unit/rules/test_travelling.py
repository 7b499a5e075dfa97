"""What is said before a journey, and after it."""

import pytest

from storage.rules.travelling import asked_words, back_words, missing_words

NOTHING = {"texts": 0, "files": 0, "size": 0}
MISSING = {
    "nothing": ({}, "", ""),
    "texts": ({"texts": 412}, "412 texts still to come", "412 texts"),
    "one text": ({"texts": 1}, "1 text still to come", "1 text"),
    "files": (
        {"files": 3, "size": 214_000_000},
        "all text here, 3 files, 214 MB, are not",
        "3 files, 214 MB",
    ),
    "one small file": (
        {"files": 1, "size": 900},
        "all text here, 1 file, 1 MB, is not",
        "1 file, 1 MB",
    ),
    "both": (
        {"texts": 2_000, "files": 3, "size": 5_000_000},
        "2,000 texts still to come; 3 files, 5 MB, on the server",
        "2,000 texts and 3 files, 5 MB",
    ),
}


@pytest.mark.parametrize(("missing", "told", "asked"), MISSING.values(), ids=MISSING)
def test_what_is_missing_is_told_in_one_breath(missing, told, asked):
    assert missing_words(**(NOTHING | missing)) == told
    assert asked_words(**(NOTHING | missing)) == asked


@pytest.mark.parametrize(
    ("happened", "told"),
    [
        ({"sent": 4, "held": 1}, "Back online: 4 replies left, 1 is held."),
        ({"sent": 1, "came": 12}, "Back online: 1 reply left, 12 mails came."),
        ({"held": 2, "failed": 1}, "Back online: 2 are held, 1 failed."),
        ({"came": 1}, "Back online: 1 mail came."),
        ({}, "Back online: nothing new."),
    ],
)
def test_a_return_is_summed_up(happened, told):
    assert back_words(**({"sent": 0, "held": 0, "failed": 0, "came": 0} | happened)) == told
