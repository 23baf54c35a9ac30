"""Contrast in both themes; a pattern, a sign or a word tells everything besides its colour."""

import pytest

from coursekit.timeline.kinds import END_SIGNS, INK, LINE, LOOKS, START_SIGN
from coursekit.timeline.marks import shape
from coursekit.timeline.style import _FAINT, _TILES, fills
from tests.coursekit.timeline.colours import DEFICIENCIES, contrast, over
from tests.coursekit.timeline.scenarios import PICTURES

# JupyterLab's page and text colours, --jp-layout-color0 and --jp-content-font-color1.
THEMES = {"light": ("#ffffff", over("#000000", 0.87, "#ffffff")), "dark": ("#111111", "#ffffff")}
READABLE = 4.5
VISIBLE = 3.0


@pytest.mark.parametrize("deficiency", DEFICIENCIES)
@pytest.mark.parametrize("kind", fills())
def test_a_label_is_readable_on_its_segment(kind, deficiency):
    fill = LOOKS[kind].fill
    assert contrast(INK, fill, deficiency) >= READABLE
    assert contrast(INK, over(LINE, _FAINT, fill), deficiency) >= READABLE  # on the pattern itself


@pytest.mark.parametrize("theme", THEMES)
def test_text_is_readable_on_the_page(theme):
    page, text = THEMES[theme]
    assert contrast(text, page) >= READABLE
    still = over(text, 0.07, page)  # where the clock stands still
    assert contrast(text, still) >= READABLE


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("kind", fills())
def test_a_segment_stands_out_from_the_page_and_from_a_step(kind, theme):
    page, text = THEMES[theme]
    edge = LINE if theme == "light" else LOOKS[kind].fill
    assert contrast(edge, page) >= VISIBLE
    step = text  # a step has the page's text colour
    assert max(contrast(step, LOOKS[kind].fill), contrast(LINE, step)) >= VISIBLE


@pytest.mark.parametrize("deficiency", DEFICIENCIES)
@pytest.mark.parametrize("kind", fills())
def test_a_pattern_shows_without_its_colour(kind, deficiency):
    fill = LOOKS[kind].fill
    assert contrast(over(LINE, _FAINT, fill), fill, deficiency) >= 1.5


def test_no_two_kinds_share_a_pattern_or_a_block():
    assert len({_TILES[LOOKS[kind].pattern] for kind in fills()}) == len(fills())
    assert len({look.pattern for look in LOOKS.values()}) == len(LOOKS)
    assert len({look.block for look in LOOKS.values()}) == len(LOOKS)


def test_no_two_ends_share_a_sign():
    assert len({sign for sign, _ in (*END_SIGNS.values(), START_SIGN)}) == len(END_SIGNS) + 1
    assert len({shape(how, 0, 0) for how in END_SIGNS}) == len(END_SIGNS)


@pytest.mark.parametrize("name", PICTURES)
def test_every_sign_of_the_text_form_is_explained_below_it(name):
    text = repr(PICTURES[name]())
    for panel in text.split("\n\n"):
        lines = panel.splitlines()
        axis = next(at for at, line in enumerate(lines) if "┴" in line)
        body, legend = "".join(lines[1:axis]), " ".join(lines[axis + 2 :])
        signs = {look.block for look in LOOKS.values()} | {sign for sign, _ in END_SIGNS.values()}
        for sign in signs - {"…"}:  # also stands for what is left out of a name
            assert (sign in body) <= (f"{sign}\N{NO-BREAK SPACE}" in legend), sign
