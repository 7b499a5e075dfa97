"""The house's own rules, read from its source."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = sorted(
    p for top in ("console", "widgets", "storage", "themes") for p in (ROOT / top).rglob("*.py")
)
LIMITS = {ast.ClassDef: 200, ast.FunctionDef: 40, ast.AsyncFunctionDef: 40}


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: str(p.relative_to(ROOT)))
def test_a_module_a_class_and_a_function_keep_to_their_limits(path):
    text = path.read_text()

    too_long = [f"{path.name}: {text.count(chr(10))} lines, 400 allowed"] * (text.count("\n") > 400)
    for node in ast.walk(ast.parse(text)):
        allowed = LIMITS.get(type(node))
        if allowed and (size := node.end_lineno - node.lineno + 1) > allowed:
            too_long.append(
                f"{path.name}:{node.lineno} {node.name}: {size} lines, {allowed} allowed"
            )

    assert too_long == []


@pytest.mark.parametrize(
    "path", [p for p in SOURCES if p.name == "__init__.py"], ids=lambda p: str(p.relative_to(ROOT))
)
def test_an_init_is_a_docstring_and_nothing_else(path):
    body = ast.parse(path.read_text()).body

    assert [type(node) for node in body] == [ast.Expr]
    assert isinstance(body[0].value, ast.Constant)
