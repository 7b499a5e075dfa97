"""The last look at a text before it leaves."""

import pytest

from storage.rules.outgoing import holes, promised_file


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("I attached the log.", "attached"),
        ("Das Log ist anbei.", "anbei"),
        ("Im Anhang: das Log", "Im Anhang"),
        ("The attachment has it.", "attachment"),
        ("All is well.", ""),
        ("On 2026-03-02 Zoe wrote:\n> see the attached log\n\nThank you, we look at it.", ""),
        ("Set `attached: true` there.", ""),
    ],
)
def test_a_promised_file_is_found_in_the_writers_own_words(text, word):
    assert promised_file(text) == word


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Hello {{customer.first}}, {{ticket}}!", ("{{customer.first}}", "{{ticket}}")),
        ("Hello {%customer.firstName%}", ("{%customer.firstName%}",)),
        ("Write `{{ name }}` in the template.", ()),
        ("```\n{{ name }}\n```\nThat is all.", ()),
        ("Nothing here: {a} {{", ()),
    ],
)
def test_holes_left_open_are_found_outside_code(text, found):
    assert holes(text) == found
