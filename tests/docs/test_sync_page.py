"""docs/sync.md names every scenario that there are tests of, and no other."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_every_scenario_of_the_page_has_its_tests():
    page = (ROOT / "docs" / "sync.md").read_text(encoding="utf-8")
    told = {int(one) for one in re.findall(r"\| (\d+) \|", page)}
    tested = {
        int(one)
        for path in (ROOT / "tests" / "imap").glob("test_*.py")
        for one in re.findall(r"def test_(\d+)_", path.read_text(encoding="utf-8"))
    }

    assert told == tested == set(range(1, 45))
