"""What only a browser knows: how wide letters are, what the keyboard reaches, what is shown."""

import pytest

from tests.coursekit.timeline.scenarios import PICTURES

pytest.importorskip("playwright", reason="needs the dev extra: playwright")

from tests.browser.conftest import chromium  # noqa: F401

# The variables that JupyterLab's themes set.
PAGE = """<!DOCTYPE html><body style="margin:16px;background:{page};color:{text};
--jp-content-font-color1:{text};--jp-content-font-family:{font}">{body}</body>"""
LIGHT = {"page": "#fff", "text": "rgba(0,0,0,.87)", "font": "sans-serif"}
DARK = {"page": "#111", "text": "#fff", "font": "sans-serif"}

# Texts that leave the drawing, and pairs of texts that overlap by more than a hair.
MISPLACED = """() => {
    const svg = document.querySelector('svg'), found = [];
    const {width, height} = svg.viewBox.baseVal;
    const boxes = [...svg.querySelectorAll('text')].map(text => {
        const {x, y, width: w, height: h} = text.getBBox();
        return {words: text.textContent, left: x, right: x + w, top: y + 3, bottom: y + h - 3};
    });
    for (const [at, one] of boxes.entries()) {
        if (one.left < -1 || one.right > width + 1 || one.top < 0 || one.bottom > height)
            found.push(one.words + ' leaves the drawing');
        for (const two of boxes.slice(at + 1))
            if (one.left < two.right - 1 && two.left < one.right - 1
                    && one.top < two.bottom && two.top < one.bottom)
                found.push(one.words + ' overlaps ' + two.words);
    }
    return found;
}"""


@pytest.fixture(scope="module")
def drawn():
    """The pictures, drawn before a browser's threads could wake a deadlock."""
    return {name: draw() for name, draw in PICTURES.items()}


@pytest.fixture(scope="module")
def page(drawn, chromium):  # noqa: F811
    page = chromium.new_page(viewport={"width": 1000, "height": 900})
    yield page
    page.close()


def show(page, body, theme):
    page.set_content(PAGE.format(body=body, **theme))


@pytest.mark.parametrize("name", PICTURES)
def test_no_text_is_cut_or_lies_on_another(page, drawn, name):
    show(page, drawn[name].html, LIGHT)
    assert page.evaluate(MISPLACED) == []


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_text_and_steps_take_the_colour_of_the_page(page, drawn, theme):
    show(page, drawn["queue"].html, theme)
    page.add_script_tag(
        content="""window.inks = selector => [...new Set([...document.querySelectorAll(selector)]
            .map(one => getComputedStyle(one).fill))]"""
    )
    wanted = page.evaluate("getComputedStyle(document.body).color")
    assert page.evaluate("inks('text.e, text.n, text.b, .r')") == [wanted]
    assert page.evaluate("inks('text.s, text.q, text.l')") == ["rgb(22, 25, 29)"]


def test_it_becomes_as_wide_as_its_place_and_scrolls_where_that_is_too_narrow(page, drawn):
    show(page, drawn["queue"].html, LIGHT)
    for window, width in ((1200, 1168), (700, 668), (400, 600)):
        page.set_viewport_size({"width": window, "height": 900})
        assert page.locator("svg").bounding_box()["width"] == width
        assert page.evaluate("document.documentElement.scrollWidth") <= window
    page.set_viewport_size({"width": 1000, "height": 900})


def test_the_keyboard_reaches_the_drawing_and_its_text(page, drawn):
    picture = drawn["queue"]
    show(page, picture.html, LIGHT)
    assert not page.locator("pre").is_visible()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.getAttribute('role')") == "img"
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    assert page.locator("pre").is_visible()
    assert page.locator("pre").inner_text() == repr(picture)


def test_a_screen_reader_gets_the_words(page, drawn):
    picture = drawn["deadlock"]
    show(page, picture.html, LIGHT)
    session = page.context.new_cdp_session(page)
    nodes = session.send("Accessibility.getFullAXTree")["nodes"]
    (image,) = (node for node in nodes if node.get("role", {}).get("value") == "image")
    assert picture.words in image["name"]["value"]


def test_an_untrusted_notebook_shows_the_text_form(page, drawn):
    show(page, drawn["queue"].html, LIGHT)
    # JupyterLab drops styles and attributes without a value, and keeps the words inside a drawing.
    page.evaluate("""() => {
        document.querySelectorAll('style').forEach(one => one.remove());
        document.querySelectorAll('svg').forEach(one => one.replaceWith(one.textContent));
        document.querySelectorAll('[hidden=""]').forEach(one => one.removeAttribute('hidden'));
    }""")
    assert page.locator("pre").is_visible()
    assert not page.locator(".ck-drawn").is_visible()
