"""How wide text is on a terminal, and how to keep it within a width."""

from __future__ import annotations

import unicodedata


def plain(name: str) -> str:
    """A name without line breaks and other characters that do not print."""
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in name)


def columns(text: str) -> int:
    """How many columns of a terminal the text takes."""
    return sum(
        0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1
        for c in text
    )


def cut(text: str, most: int) -> str:
    """The text in at most `most` columns, with an ellipsis for what is left out."""
    if columns(text) <= most:
        return text
    while columns(text) > most - 1:
        text = text[:-1]
    return text + "…"


def fit(text: str, width: int) -> str:
    """The text in exactly `width` columns, cut with an ellipsis when it is longer."""
    text = cut(text, width)
    return text + " " * (width - columns(text))
