"""The learner's own words for a wait: the awaited expression and its place in the code."""

from __future__ import annotations

import ast
import functools
import linecache
import os
import re
from types import CodeType

from coursekit.timeline.waits import Wait

_CELL = re.compile(r"ipykernel_\d+|^<ipython-input|^<cell|t_[0-9a-f]{32}\.py$")
# The grader copies a cell into a file, and what it takes from earlier cells into another.
_EARLIER = "earlier cell"
_OF_THE_GRADER = {"cell.py": "cell", "earlier_cells.py": _EARLIER}


def place(wait: Wait) -> str:
    """Where the wait stands, as `cell:5` or `store.py:31`; empty when it is unknown."""
    if wait.code is None:
        return ""
    name = file_name(wait.code.co_filename)
    if name == _EARLIER:  # collected in a module whose lines mean nothing to a reader
        return name
    positions = _positions(wait.code)
    index = wait.lasti // 2
    line = positions[index][0] if index < len(positions) else None
    return f"{name}:{line or wait.code.co_firstlineno}"


def file_name(path: str) -> str:
    """A name for a file that means something to a learner: a notebook's cell is `cell`."""
    name = os.path.basename(path)
    return "cell" if _CELL.search(path) else _OF_THE_GRADER.get(name, name)


def expression(wait: Wait) -> str:
    """What the learner awaits, as `lock_a` in `async with lock_a` or `queue.get`; may be empty."""
    return _expression(wait.code, wait.lasti) if wait.code is not None else ""


@functools.lru_cache(maxsize=2048)
def _expression(code: CodeType, lasti: int) -> str:
    positions = _positions(code)
    if lasti // 2 >= len(positions):
        return ""
    first, _, column, _ = positions[lasti // 2]
    if first is None or column is None:
        return ""
    for node in nodes(code.co_filename):
        if (node.lineno, node.col_offset) != (first, column):
            continue
        if isinstance(node, ast.Await):
            return _target(node.value)
        if isinstance(node, ast.AsyncWith):
            return ", ".join(_target(item.context_expr) for item in node.items)
        if isinstance(node, ast.AsyncFor):
            return _target(node.iter)
        if isinstance(node, ast.expr):
            return _target(node)
    return ""


def _target(node: ast.expr) -> str:
    words = ast.unparse(node.func if isinstance(node, ast.Call) else node)
    return words.removeprefix("asyncio.")


@functools.lru_cache(maxsize=512)
def _positions(code: CodeType) -> list[tuple[int | None, int | None, int | None, int | None]]:
    return list(code.co_positions())


def nodes(path: str) -> list[ast.stmt | ast.expr]:
    """Every statement and expression of a source file, outermost first; empty when unreadable."""
    return _nodes("".join(linecache.getlines(path)))


@functools.lru_cache(maxsize=64)
def _nodes(text: str) -> list[ast.stmt | ast.expr]:
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError):
        return []
    return [node for node in ast.walk(tree) if isinstance(node, ast.stmt | ast.expr)]
