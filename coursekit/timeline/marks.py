"""The small parts of the SVG: boxes, texts, and the signs for how a task ended."""

from __future__ import annotations

from html import escape

from coursekit.timeline.kinds import How


def start(x: float, y: float) -> str:
    """The sign of a task's start, with its tip at a point."""
    return f'<path class="a" d="M{x - 5.5:.1f} {y - 3.5:.1f}l5 3.5l-5 3.5z"/>'


def cancel(x: float, y: float) -> str:
    """The sign of a cancellation on its way, around a point inside a segment of any colour."""
    return (
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="5" class="k"/>'
        f'<path class="k" d="M{x - 3.5:.1f} {y + 3.5:.1f}l7 -7"/>'
    )


def shape(how: How, x: float, y: float) -> str:
    """The sign of how a task ended, around a point."""
    if how == "returned":
        return f'<path class="r" d="{box(x - 4, y - 4, 8, 8)}"/>'
    ring = f"M{x - 5:.1f} {y:.1f}a5 5 0 1 1 10 0a5 5 0 1 1 -10 0"
    paths = {
        "raised": f"M{x - 5:.1f} {y - 5:.1f}l10 10m0 -10l-10 10",
        "cancelled": f"{ring}m1.5 3.5l7 -7",
        "closed": box(x - 4, y - 4, 8, 8),
        "waiting": f"M{x - 5:.1f} {y:.1f}h2m2 0h2m2 0h2",
        "stuck": f"M{x:.1f} {y:.1f}c3 -5 8 -5 8 0s-5 5 -8 0c-3 -5 -8 -5 -8 0s5 5 8 0",
    }
    return f'<path class="a" d="{paths[how]}"/>'


def box(x: float, y: float, width: float, height: float) -> str:
    """Path data of a rectangle."""
    return f"M{x:.1f} {y:.1f}h{width:.1f}v{height:.1f}h-{width:.1f}z"


def text(x: float, y: float, words: str, mark: str, full: str = "") -> str:
    """A text element; `full` is what a pointer shows when the words are cut."""
    title = f"<title>{escape(full)}</title>" if full and full != words else ""
    named = f' class="{mark}"' if mark else ""
    return f'<text{named} x="{x:.1f}" y="{y:.1f}">{title}{escape(words)}</text>'
