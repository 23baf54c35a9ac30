"""The look of the SVG: colours that hold in both themes, and a pattern for each kind of wait.

Segments carry their own light fill and dark ink, so they read the same on any page. Everything
else takes the page's text colour: JupyterLab's, VS Code's, or what stands alone gets from the
browser. Labels get a rim in the segment's fill, so no line of a pattern runs through a letter.
"""

from __future__ import annotations

from collections.abc import Collection

from coursekit.timeline.kinds import INK, LINE, LOOKS, Kind

CLASS: dict[Kind, str] = {
    "run": "r",
    "ready": "y",
    "sleep": "s",
    "sync": "l",
    "queue": "q",
    "task": "t",
    "thread": "h",
    "other": "o",
    "many": "m",
}

# (width, height, path, filled): one tile of each pattern.
_TILES: dict[str, tuple[int, int, str, bool]] = {
    "dots": (8, 8, "M3 3h2v2h-2z", True),
    "slanted": (8, 8, "M-2 2l4 -4M0 8l8 -8M6 10l4 -4", False),
    "chequered": (8, 8, "M0 0h4v4h-4zM4 4h4v4h-4z", True),
    "lines": (8, 6, "M0 1.5h8M0 4.5h8", False),
    "half": (10, 10, "M0 10l5 -6l5 6z", True),
    "dashes": (10, 6, "M1 3h5", False),
    "grid": (5, 5, "M0 0v5M0 0h5", False),
}

TEXT = "var(--jp-content-font-color1,var(--vscode-editor-foreground,currentColor))"
_FONT = "var(--jp-content-font-family,var(--vscode-font-family,system-ui,sans-serif))"
# Patterns are faint: the label's contrast is kept, and a projector still shows them.
_FAINT = 0.45


def style(key: str, used: Collection[Kind]) -> str:
    """The style sheet of the picture whose root has the id `key`, for the kinds in it."""
    at = f"#{key} "
    rules = [
        f"#{key}{{font:13px {_FONT};color-scheme:light dark}}",
        "@media (prefers-color-scheme:dark){svg:root{color:#e8e8e8}}",
        f"{at}text{{fill:{TEXT}}}",
        f"{at}.r{{fill:{TEXT}}}",
        f"{at}.y{{fill:none;stroke:{TEXT};stroke-dasharray:1 3}}",
        f"{at}.a{{fill:none;stroke:{TEXT};stroke-width:1.6}}",
        f"{at}.k{{fill:#fff;stroke:{INK};stroke-width:1.6}}",
        f"{at}.g{{fill:none;stroke:{TEXT};stroke-opacity:.3}}",
        f"{at}.f{{fill:{TEXT};fill-opacity:.07}}",
        f"{at}.w{{fill:none;stroke:{TEXT};stroke-width:1.6;stroke-dasharray:5 3}}",
        f"{at}.b{{font-weight:600}}",
        f"{at}.n{{font-size:12px}}",
        f"{at}.e{{text-anchor:end}}",
        f"{at}.c{{text-anchor:middle}}",
    ]
    for kind in fills(used):
        mark = CLASS[kind]
        fill = LOOKS[kind].fill
        rules.append(f"{at}.{mark}{{fill:url(#{key}-{mark});stroke:{LINE};stroke-width:.8}}")
        rules.append(
            f"{at}text.{mark}{{fill:{INK};stroke:{fill};stroke-width:3;paint-order:stroke;"
            "stroke-linejoin:round}"
        )
    rules.append(f"{at}text.i{{font-size:11px;stroke-width:2}}")
    return "".join(rules)


def fills(used: Collection[Kind] = tuple(LOOKS)) -> list[Kind]:
    """Those of the kinds that are drawn as a filled box with a pattern."""
    return [kind for kind, look in LOOKS.items() if kind in used and look.pattern in _TILES]


def patterns(key: str, used: Collection[Kind]) -> str:
    """The `<pattern>` elements, one for each filled kind of those."""
    out = []
    for kind in fills(used):
        look = LOOKS[kind]
        width, height, path, filled = _TILES[look.pattern]
        ink = f'fill="{LINE}"' if filled else f'fill="none" stroke="{LINE}" stroke-width="1.2"'
        out.append(
            f'<pattern id="{key}-{CLASS[kind]}" width="{width}" height="{height}"'
            f' patternUnits="userSpaceOnUse"><path d="M0 0h{width}v{height}h-{width}z"'
            f' fill="{look.fill}"/><path d="{path}" {ink} opacity="{_FAINT}"/></pattern>'
        )
    return "".join(out)
