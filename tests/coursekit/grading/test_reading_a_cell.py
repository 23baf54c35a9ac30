"""What the source of a cell tells of its tests before they run."""

from __future__ import annotations

import ast

import pytest

from coursekit.grading import inspection


@pytest.mark.parametrize(
    "test",
    [
        "def test_a(): assert 1",
        "def test_a():\n    with pytest.raises(ValueError): f()",
        "def test_a(): mock.assert_awaited_once_with(1)",
        "def test_a(): pytest.fail('no')",
        "def test_a():\n    if f(): raise AssertionError",
        "async def test_a(): await check_all(1)",
        "async def test_a(): expect_calls(2)",
    ],
)
def test_a_test_that_can_fail_on_purpose_checks_something(test: str) -> None:
    (found,) = inspection.tests_of(ast.parse(test))
    assert not inspection.checks_nothing(found)


@pytest.mark.parametrize("test", ["def test_a(): f()", "async def test_a():\n    x = await f()"])
def test_a_test_that_only_calls_checks_nothing(test: str) -> None:
    (found,) = inspection.tests_of(ast.parse(test))
    assert inspection.checks_nothing(found)


@pytest.mark.parametrize(
    ("text", "attempted"),
    [
        ("async def test_a(): ...", False),
        ('def test_a():\n    """To do."""\n    pass', False),
        ("class TestA:\n    def test_a(self): pass", False),
        ("x = 1", False),
        ("def test_a(): f()", True),
        ("class TestA:\n    async def test_a(self): assert f()", True),
        ("def test_a(): ...\ndef test_b(): assert 1", True),
    ],
)
def test_a_cell_is_attempted_once_a_test_does_anything(text: str, attempted: bool) -> None:
    assert inspection.is_attempted(ast.parse(text)) is attempted


@pytest.mark.parametrize(
    "text",
    [
        "LUCK = random.random()",
        "class A:\n    number = next(counter)",
        "def test_a(n=draw()): ...",
        "@mark(draw())\ndef test_a(): ...",
        "@pytest.mark.parametrize('n', [draw()])\ndef test_a(n): ...",
        "if clock(): x = 1",
    ],
)
def test_a_call_at_the_top_of_a_cell_is_noticed(text: str) -> None:
    assert inspection.acts_when_imported(ast.parse(text))


@pytest.mark.parametrize(
    "text",
    [
        "import random\nLIMIT = 3\nJOBS = [1, {'a': -2}]",
        "def test_a(n=1): return draw()",
        "draw = lambda: random.random()",
        "@pytest.fixture(autouse=True)\ndef pool(): return draw()",
        "@pytest.mark.parametrize('n', [1, pytest.param(2, id='two')])\ndef test_a(n): ...",
        "class TestA:\n    async def test_a(self): await f()",
    ],
)
def test_definitions_and_what_belongs_to_pytest_do_nothing_by_themselves(text: str) -> None:
    assert not inspection.acts_when_imported(ast.parse(text))
