"""Turns a notebook cell into the source of a test module, with what it takes from earlier cells."""

from __future__ import annotations

import ast
import builtins
import symtable
from dataclasses import dataclass

from coursekit.grading.inspection import Function, is_function


class CellError(Exception):
    """A cell that cannot be run as tests; the message says where and what to do next."""


@dataclass(frozen=True)
class Source:
    """A test module: the cell's own text, line for line, and a module of earlier definitions."""

    text: str
    earlier: str = ""


def parse(text: str, shown: str = "cell") -> ast.Module:
    """Parse a cell, which may begin with a magic. Raises CellError for what Python cannot read."""
    try:
        return ast.parse(_without_magic(text), shown)
    except SyntaxError as error:
        line = (error.text or "").rstrip("\n")
        mark = " " * max((error.offset or 1) - 1, 0) + "^"
        raise CellError(
            f"{shown}:{error.lineno}: {error.msg}\n    {line}\n    {mark}\n"
            "Python cannot read this, so no test ran. Mend the line and try again."
        ) from None


def _without_magic(text: str) -> str:
    lines = text.split("\n")
    for number, line in enumerate(lines[1:], start=2):
        if line.startswith(("%", "!")):
            raise CellError(
                f"cell:{number}: {line.split()[0]} does not work here, since the tests run outside "
                "the notebook.\nMove the line to a cell of its own."
            )
    if lines[0].startswith("%%"):
        lines[0] = ""
    return "\n".join(lines)


def outside_names(tree: ast.Module) -> set[str]:
    """Return the names a cell uses and does not bind, and the fixtures its functions ask for."""
    table = symtable.symtable(ast.unparse(tree), "cell", "exec")
    bound = {symbol.get_name() for symbol in table.get_symbols() if symbol.is_assigned()}
    bound |= {symbol.get_name() for symbol in table.get_symbols() if symbol.is_imported()}
    used = _globals_used(table) | _fixtures_asked_for(tree)
    return used - bound - set(dir(builtins)) - {"__file__", "__name__"}


def _globals_used(table: symtable.SymbolTable) -> set[str]:
    names = {
        symbol.get_name()
        for symbol in table.get_symbols()
        if symbol.is_referenced() and (symbol.is_global() or table.get_type() == "module")
    }
    for inner in table.get_children():
        names |= _globals_used(inner)
    return names


def _fixtures_asked_for(tree: ast.AST) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(tree):
        if is_function(node) and (node.name.startswith("test") or _is_fixture(node)):
            names |= {argument.arg for argument in node.args.args + node.args.kwonlyargs}
    return names


def _is_fixture(function: Function) -> bool:
    return any("fixture" in ast.unparse(decorator) for decorator in function.decorator_list)


def module(text: str, tree: ast.Module, borrowed: list[str], earlier: str) -> Source:
    """Return the module to run: every line keeps its number, that of the magic imports `borrowed`.

    A file, which has no magic, is its own module.
    """
    if not text.startswith("%%"):
        return Source(text)
    lines = _without_magic(text).split("\n")
    first = [f"from earlier_cells import {', '.join(borrowed)}"] if borrowed else []
    for node in tree.body:
        if isinstance(node, ast.ImportFrom) and node.module == "__future__":
            # It has to come first in a module, so it moves up to line 1.
            first.insert(0, ast.unparse(node))
            lines[node.lineno - 1 : node.end_lineno] = [""] * (
                (node.end_lineno or 0) - node.lineno + 1
            )
    lines[0] = "; ".join(first)
    return Source("\n".join(lines) + "\n", earlier)
