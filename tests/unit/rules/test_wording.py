import ast
from pathlib import Path

from storage.rules import wording

CHANGES = Path(__file__).parents[3] / "storage" / "changes"


def test_every_kind_of_change_has_a_name_for_undo():
    kinds = {
        node.value.value
        for path in CHANGES.glob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.AnnAssign)
        and getattr(node.target, "id", "") == "kind"
        and isinstance(node.value, ast.Constant)
    }

    assert kinds == wording.KINDS


def test_a_bulk_is_named_with_its_number():
    assert wording.title_of(["ticket.close"] * 3, things=3) == "close (3 tickets)"
    assert (
        wording.title_of(["ticket.category", "ticket.area"], things=1)
        == "category and product area"
    )
