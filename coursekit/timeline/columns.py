"""How wide text is, on a terminal and drawn, and how to keep it within a width."""

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


# Shares of the letters' height as a wide font, DejaVu Sans, has them; others are narrower.
_NARROW, _PLAIN, _CAPITAL, _WIDE = 0.42, 0.64, 0.79, 1.0


def breadth(text: str, height: float) -> float:
    """How wide the text is at most when it is drawn with letters of this height."""
    return height * sum(map(_share, text))


def _share(letter: str) -> float:
    if unicodedata.combining(letter):
        return 0.0
    if letter in "ijlft.,:;|!'()[]I ":
        return _NARROW
    if letter in "mwMW@%…" or unicodedata.east_asian_width(letter) in "WF":
        return _WIDE
    return _CAPITAL if letter.isupper() or not letter.isascii() else _PLAIN


def cut_to(text: str, height: float, most: float) -> str:
    """The text, at most `most` wide when drawn, with an ellipsis for what is left out."""
    if breadth(text, height) <= most:
        return text
    while text and breadth(text + "…", height) > most:
        text = text[:-1]
    return text + "…"
