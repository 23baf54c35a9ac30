"""Finds in earlier cells what a cell of tests takes from them."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping
from typing import Any

from coursekit.grading.cell import CellError, outside_names


def definitions(cells: Iterable[str]) -> dict[str, ast.stmt]:
    """Return the statement that last defined each name at the top of `cells`, oldest first."""
    found: dict[str, ast.stmt] = {}
    for text in cells:
        try:
            body = ast.parse(text).body
        except SyntaxError:
            continue
        for statement in body:
            for name in _defined_by(statement):
                found.pop(name, None)  # the order of a dict is that of the last definition
                found[name] = statement
    return found


def _defined_by(statement: ast.stmt) -> list[str]:
    match statement:
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            return [statement.name]
        case ast.Import() | ast.ImportFrom():
            return [(alias.asname or alias.name).split(".")[0] for alias in statement.names]
        case ast.Assign() | ast.AnnAssign() | ast.AugAssign():
            targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
            return [
                node.id
                for target in targets
                for node in ast.walk(target)
                if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
            ]
    return []


def borrow(
    wanted: set[str], defined: Mapping[str, ast.stmt], values: Mapping[str, Any]
) -> tuple[list[str], str]:
    """Return the names of `wanted` that earlier cells define, and a module that defines them.

    Functions, classes and imports travel as source, with all that they need; plain data travels
    by its value in `values`, the notebook's namespace. Raises CellError for a live object.
    """
    pieces: dict[str, str] = {}
    queue = sorted(wanted & defined.keys())
    names = list(queue)
    while queue:
        name = queue.pop()
        if name in pieces:
            continue
        statement = defined[name]
        if isinstance(statement, ast.Assign | ast.AnnAssign | ast.AugAssign):
            pieces[name] = _assignment(name, statement, values)
        else:
            pieces[name] = ast.unparse(statement)
        needed = outside_names(ast.parse(pieces[name]))
        queue += sorted(needed & defined.keys())
    order = [name for name in defined if name in pieces]
    return names, "\n\n".join(dict.fromkeys(pieces[name] for name in order)) + "\n" if order else ""


def _assignment(
    name: str, statement: ast.Assign | ast.AnnAssign | ast.AugAssign, values: Mapping[str, Any]
) -> str:
    value = values.get(name)
    if callable(value) and isinstance(getattr(statement, "value", None), ast.Lambda):
        return ast.unparse(statement)
    if name in values and _is_plain(value):
        return f"{name} = {value!r}"
    if name not in values and _is_literal(statement):
        return ast.unparse(statement)  # from a cell of tests, which the notebook itself never ran
    raise CellError(
        f"Your tests use `{name}` from another cell, and that is a live object "
        f"({type(value).__name__}) which cannot leave the notebook.\n"
        "Make it in this cell, inside the test or a fixture."
    )


def _is_plain(value: object) -> bool:
    try:
        return bool(ast.literal_eval(repr(value)) == value)
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        return False


def _is_literal(statement: ast.Assign | ast.AnnAssign | ast.AugAssign) -> bool:
    try:
        ast.literal_eval(statement.value or ast.Constant(None))
    except (ValueError, TypeError):
        return False
    return True
