"""Cells for notebooks that nobody has to keep."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from nbformat import v4

Writer = Callable[..., Path]


def code(source: str, *tags: str, **metadata: Any) -> Any:
    """A code cell that was never executed."""
    if tags:
        metadata["tags"] = list(tags)
    return v4.new_code_cell(source, metadata=metadata)


def starter(exercise: str, body: str = "# TODO") -> Any:
    """An exercise cell as `execute` leaves it: it remembers what it began with."""
    source = f"%%ipytest --exercise {exercise}\n\n{body}"
    return code(source, "starter", coursekit={"starter": source})


def text(source: str) -> Any:
    """A Markdown cell."""
    return v4.new_markdown_cell(source)
