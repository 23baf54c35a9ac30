"""What the source of a cell tells of its tests before they run."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterator
from typing import TypeGuard

_STEADY_BUILTINS = set(dir(builtins)).difference(
    ("eval", "exec", "hash", "id", "input", "next", "object", "open")
)

Function = ast.FunctionDef | ast.AsyncFunctionDef


def is_function(node: ast.AST) -> TypeGuard[Function]:
    """Return whether a node defines a function, asynchronous or not."""
    return isinstance(node, Function)


def is_attempted(tree: ast.Module) -> bool:
    """Return whether a test of the cell does anything yet."""
    return any(not _is_empty(test) for test in tests_of(tree))


def tests_of(tree: ast.AST) -> list[Function]:
    """Return the test functions of a module, those in test classes too."""
    found: list[Function] = []
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.ClassDef) and node.name.startswith("Test"):
            found += tests_of(node)
        elif is_function(node) and node.name.startswith("test"):
            found.append(node)
    return found


def _is_empty(function: Function) -> bool:
    return all(
        isinstance(statement, ast.Pass)
        or (isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant))
        for statement in function.body
    )


def checks_nothing(test: ast.AST) -> bool:
    """Return whether a test holds no assert, no pytest.raises and no assertion method of a mock."""
    for node in ast.walk(test):
        if isinstance(node, ast.Assert | ast.Raise):
            return False
        if isinstance(node, ast.Call) and _is_check(node.func):
            return False
    return True


def _is_check(function: ast.expr) -> bool:
    name = getattr(function, "attr", getattr(function, "id", ""))
    # A helper whose name says that it checks is believed.
    return name in ("raises", "RaisesGroup", "warns", "fail") or name.startswith(
        ("assert", "check", "expect")
    )


def acts_when_imported(tree: ast.Module) -> bool:
    """Return whether importing the cell calls anything, but for what only declares tests.

    What it calls may answer differently each time, and then for all tests of the cell at once.
    """
    declaring = {"pytest"} | _names_from("hypothesis", tree) | _STEADY_BUILTINS
    return any(
        isinstance(node, ast.Call) and ast.unparse(node.func).partition(".")[0] not in declaring
        for node in _run_by_import(tree)
    )


def names_its_process(tree: ast.Module) -> bool:
    """Return whether a cell asks for the id of a process or thread, which differs by run."""
    asking = {"getpid", "getppid", "get_ident", "get_native_id", "current_process"}
    return any(
        getattr(node, "attr", getattr(node, "id", "")) in asking
        or (isinstance(node, ast.alias) and node.name in asking)
        for node in ast.walk(tree)
    )


def _names_from(package: str, tree: ast.AST) -> set[str]:
    """Return the names that a cell imports from a package."""
    return {
        alias.asname or alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] == package
        for alias in node.names
    }


def _run_by_import(node: ast.AST) -> Iterator[ast.AST]:
    """Yield the nodes that run when a module is imported: all but the bodies of functions."""
    yield node
    if is_function(node):
        parts = [*node.decorator_list, *node.args.defaults, *node.args.kw_defaults]
        children: list[ast.AST] = [part for part in parts if part is not None]
    elif isinstance(node, ast.Lambda):
        return
    else:
        children = list(ast.iter_child_nodes(node))
    for child in children:
        yield from _run_by_import(child)
