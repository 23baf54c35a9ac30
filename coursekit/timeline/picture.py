"""A finished picture: block characters in a terminal, SVG in a notebook, sentences for the ear."""

from __future__ import annotations

from html import escape

from coursekit.timeline import blocks, svg, words
from coursekit.timeline.panel import Panel

# An untrusted notebook drops <style>, unwraps <svg> and keeps a `hidden` that has a value: there
# the block characters show. Where the style is in force the drawing does, with these a key away.
_STYLE = (
    ".ck-drawn{display:block!important;overflow-x:auto}.ck-drawn+pre{display:none}"
    ".ck-drawn svg{min-width:600px}"
    ".ck-drawn:has(:checked)+pre{display:block}.ck-drawn label{font-size:12px}"
)


class Picture:
    """What the tasks of one run did, or of several runs one above the other.

    `repr()` is the text form, at most 80 columns wide; in virtual time it is the same every time.
    `svg` is the drawing as a string; a notebook shows it by itself.
    """

    def __init__(self, *panels: Panel) -> None:
        self._panels = panels

    @property
    def panels(self) -> tuple[Panel, ...]:
        """What is drawn, one run a panel."""
        return self._panels

    @property
    def words(self) -> str:
        """The picture in sentences."""
        return " ".join(words.tell(panel) for panel in self.panels)

    @property
    def svg(self) -> str:
        """The drawing, an `<svg>` element that stands alone or inside a page."""
        return svg.draw(self.panels, self.words)

    @property
    def html(self) -> str:
        """The drawing with the text form one key away; an untrusted notebook shows the text."""
        return (
            f'<div><style>{_STYLE}</style><div hidden="hidden" class="ck-drawn">{self.svg}'
            f'<label><input type="checkbox"> as text</label></div><pre>{escape(repr(self))}</pre>'
            "</div>"
        )

    def __repr__(self) -> str:
        return "\n\n".join(blocks.draw(panel) for panel in self.panels)

    # No `_repr_svg_`: JupyterLab makes an image of it, cut off from the page's theme.
    def _repr_html_(self) -> str:
        return self.html
