"""What a cell of tests takes from the cells before it."""

from __future__ import annotations

import ast
import asyncio

import pytest

from coursekit.grading import cell, earlier


def borrowed(text: str, *cells: str, **values: object) -> dict[str, object]:
    """Return the names that a cell gets from earlier ones, by running what would travel."""
    defined = earlier.definitions(cells)
    names, source = earlier.borrow(cell.outside_names(ast.parse(text)), defined, values)
    space: dict[str, object] = {}
    exec(source, space)
    return {name: space[name] for name in names}


def test_functions_and_classes_travel_as_their_source() -> None:
    found = borrowed("f(); C()", "def f(): return 1", "class C: x = 2")
    assert found["f"]() == 1  # type: ignore[operator]
    assert found["C"].x == 2  # type: ignore[attr-defined]


def test_the_last_definition_counts() -> None:
    found = borrowed("f()", "def f(): return 1", "def f(): return 2")
    assert found["f"]() == 2  # type: ignore[operator]


def test_what_a_function_needs_travels_along() -> None:
    cells = ("import math", "def inner(): return math.floor(2.5)", "def outer(): return inner()")
    assert borrowed("outer()", *cells)["outer"]() == 2  # type: ignore[operator]


def test_plain_data_travels_by_its_value_of_now() -> None:
    cells = ("n = 1", "n = n + 1", "jobs = [{'id': n}]")
    assert borrowed("n, jobs", *cells, n=7, jobs=[{"id": 7}]) == {"n": 7, "jobs": [{"id": 7}]}


def test_lambdas_and_imports_travel() -> None:
    found = borrowed("double, osp", "double = lambda n: 2 * n", "import os.path as osp", double=len)
    assert found["double"](4) == 8  # type: ignore[operator]


def test_data_of_a_test_cell_that_the_notebook_never_ran_travels_if_it_is_literal() -> None:
    assert borrowed("LIMIT", "LIMIT = 3") == {"LIMIT": 3}


def test_a_live_object_is_named_with_what_to_do() -> None:
    with pytest.raises(cell.CellError) as caught:
        borrowed("queue.put_nowait(1)", "queue = make()", queue=asyncio.Queue())
    assert "`queue`" in str(caught.value)
    assert "a live object (Queue)" in str(caught.value)
    assert "Make it in this cell" in str(caught.value)


def test_a_live_object_that_a_borrowed_function_needs_is_named_too() -> None:
    with pytest.raises(cell.CellError, match="`lock`"):
        borrowed("f()", "lock = Lock()", "def f(): return lock", lock=asyncio.Lock())


def test_names_that_the_cell_makes_itself_are_not_borrowed() -> None:
    assert borrowed("limit = 2\ndef test_a(): assert limit", "limit = make()", limit=object()) == {}


def test_a_local_name_of_a_function_is_not_borrowed() -> None:
    text = "def test_a():\n    queue = []\n    assert not queue"
    assert borrowed(text, "queue = make()", queue=object()) == {}


def test_a_fixture_of_an_earlier_cell_is_found_by_the_name_of_the_argument() -> None:
    cells = ("import pytest", "@pytest.fixture\ndef pool(): return 3")
    assert "pool" in borrowed("def test_a(pool): assert pool == 3", *cells)


def test_a_fixture_that_a_fixture_asks_for_travels_along() -> None:
    cells = (
        "import pytest",
        "@pytest.fixture\ndef size(): return 3",
        "@pytest.fixture\ndef pool(size): return [0] * size",
    )
    defined = earlier.definitions(cells)
    _, source = earlier.borrow({"pool"}, defined, {})
    assert "def size" in source


def test_a_cell_with_a_syntax_error_is_passed_over() -> None:
    assert borrowed("n", "def (", "n = 3", n=3) == {"n": 3}


def test_the_cells_lines_keep_their_numbers() -> None:
    text = "%%ipytest\nfrom __future__ import annotations\n\ndef test_a():\n    assert f()\n"
    tree = cell.parse(text)
    made = cell.module(text, tree, ["f"], "def f(): return 1\n")
    assert made.text.split("\n")[3:5] == text.split("\n")[3:5]
    first = made.text.split("\n")[0]
    assert first == "from __future__ import annotations; from earlier_cells import f"
    compile(made.text, "cell", "exec")


def test_a_syntax_error_is_shown_with_its_line_and_a_mark() -> None:
    with pytest.raises(cell.CellError) as caught:
        cell.parse("%%ipytest\ndef test_a(:\n    pass")
    assert str(caught.value).splitlines()[:3] == [
        "cell:2: invalid syntax",
        "    def test_a(:",
        "               ^",
    ]


def test_a_magic_inside_the_cell_is_named() -> None:
    with pytest.raises(cell.CellError, match="cell:3: %time does not work here"):
        cell.parse("%%ipytest\nx = 1\n%time x\n")
