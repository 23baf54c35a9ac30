"""What a cell only declares when it is imported, and what it does."""

from __future__ import annotations

import ast

import pytest

from coursekit.grading.inspection import acts_when_imported

DECLARING = {
    "fixture": "import pytest\n\n@pytest.fixture(scope='module')\ndef db(): return connect()",
    "rules of Hypothesis": (
        "from hypothesis import strategies as st\nfrom hypothesis.stateful import rule\n\n"
        "class Life:\n    @rule(seconds=st.integers(0, 9))\n    def wait(self, seconds): ..."
    ),
    "functions": "def test_a():\n    assert roll() == 6",
}
ACTING = {
    "a call at the top": "number = roll()",
    "a call in a class": "class TestA:\n    number = roll()",
    "a default": "def test_a(number=roll()): ...",
    "somebody else's rule": "from dice import rule\n\n@rule()\ndef test_a(): ...",
}


@pytest.mark.parametrize("source", DECLARING.values(), ids=DECLARING)
def test_declaring_tests_is_not_acting(source: str) -> None:
    assert not acts_when_imported(ast.parse(source))


@pytest.mark.parametrize("source", ACTING.values(), ids=ACTING)
def test_calling_anything_else_is_acting(source: str) -> None:
    assert acts_when_imported(ast.parse(source))
