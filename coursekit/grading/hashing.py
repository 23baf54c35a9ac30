"""Whether a cell goes through a set in the set's own order, which differs by process."""

from __future__ import annotations

import ast
from collections.abc import Iterator

_KEEP_ORDER = {"list", "tuple", "iter", "enumerate", "zip", "map", "filter", "str", "repr", "print"}
_MAKE_SETS = {"set", "frozenset"}


def orders_by_hash(tree: ast.Module) -> bool:
    """Return whether a cell asks for a hash or for the order of a set.

    To compare sets, count them or sort them is safe, and most cells do no more.
    """
    sets = {
        target.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign) and _is_set(node.value, set())
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    return any(
        _is_set(used, sets) or (isinstance(used, ast.Call) and _name(used.func) == "hash")
        for node in ast.walk(tree)
        for used in _used_in_order(node)
    )


def _is_set(node: ast.expr, known: set[str]) -> bool:
    if isinstance(node, ast.Call):
        return _name(node.func) in _MAKE_SETS
    return isinstance(node, ast.Set | ast.SetComp) or _name(node) in known


def _used_in_order(node: ast.AST) -> Iterator[ast.expr]:
    match node:
        case ast.For() | ast.AsyncFor() | ast.comprehension():
            yield node.iter
        case ast.Starred() | ast.FormattedValue():
            yield node.value
        case ast.Call(func=ast.Name(id="hash")):
            yield node
        case ast.Call(func=ast.Name(id=name)) if name in _KEEP_ORDER:
            yield from node.args
        case ast.Call(func=ast.Attribute(attr="join")):
            yield from node.args
        case ast.Call(func=ast.Attribute(attr="pop", value=value), args=[]):
            yield value


def _name(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else ""
