import asyncio
import re
from xml.etree import ElementTree

import pytest

from coursekit.timeline import apart
from coursekit.timeline.columns import columns
from tests.coursekit.timeline.scenarios import (
    PICTURES,
    picture,
    sixty_tasks_sleep_and_sleep,
    tasks_have_difficult_names,
)

SVG = "{http://www.w3.org/2000/svg}"


def drawn(name):
    return ElementTree.fromstring(PICTURES[name]().svg)


def texts(root):
    return ["".join(one.itertext()) for one in root.iter(f"{SVG}text")]


@pytest.mark.parametrize("name", PICTURES)
def test_it_has_a_title_and_says_the_same_in_words(name):
    root = drawn(name)
    by_id = {one.get("id"): one for one in root.iter() if one.get("id")}
    title, description = (by_id[key] for key in root.get("aria-labelledby").split())
    assert title.tag == f"{SVG}title"
    assert "virtual time" in title.text
    assert description.text == PICTURES[name]().words
    assert root.get("role") == "img"
    assert root.get("tabindex") == "0"


def test_it_scales_to_its_place():
    root = drawn("queue")
    assert root.get("width") == "100%"
    assert root.get("viewBox").startswith("0 0 960 ")


def test_two_drawings_on_one_page_do_not_share_styles():
    keys = {drawn(name).get("id") for name in PICTURES}
    assert len(keys) == len(PICTURES)
    for name in PICTURES:
        picture_ = PICTURES[name]()
        key = drawn(name).get("id")
        selectors = re.findall(r"(?<=[{}>])([^{}<>]+)\{", picture_.svg.split("</style>")[0])
        assert all(one.startswith((f"#{key}", "@media", "svg:root")) for one in selectors)


def test_names_with_markup_stay_text():
    difficult = PICTURES["names"]()
    root = drawn("names")
    assert {one.tag for one in root.iter()} == {
        f"{SVG}{tag}"
        for tag in ("svg", "title", "desc", "style", "defs", "pattern", "path", "text")
    }
    assert '<script>alert(1)</script> & "co"\'' in root.find(f"{SVG}desc").text
    assert "<script" not in difficult.html
    assert not set(difficult.html) & {chr(code) for code in range(32) if chr(code) != "\n"}


def test_long_names_are_cut():
    shown = texts(drawn("names"))
    assert any(one.startswith("a name that is much lon") and "…" in one for one in shown)


def test_wide_letters_count_double_on_a_terminal():
    _, cell, *rows = repr(picture(tasks_have_difficult_names)).splitlines()[:8]
    starts = {columns(row[: row.index("▷")]) for row in rows}
    assert starts == {columns(cell[: cell.index("▷")]) + 1}
    assert any("日本" in row for row in rows)


def test_sixty_tasks_with_two_thousand_segments_stay_small_and_whole():
    many = picture(sixty_tasks_sleep_and_sleep)
    (panel,) = many.panels
    assert len(panel.record.lines) == 61
    assert sum(len(line.segments) for line in panel.record.lines) >= 2000
    assert len(many.html.encode()) < 300_000
    names = texts(ElementTree.fromstring(many.svg))
    assert all(f"job-{number}" in names for number in range(60))


def test_of_more_tasks_the_ones_that_went_wrong_are_kept():
    async def crowd():
        async def fail():
            raise ValueError

        jobs = [asyncio.create_task(asyncio.sleep(1), name=f"job-{n}") for n in range(150)]
        jobs.append(asyncio.create_task(fail(), name="the culprit"))
        await asyncio.gather(*jobs, return_exceptions=True)

    shown = picture(crowd)
    assert "the culprit" in repr(shown)
    assert "the culprit" in texts(ElementTree.fromstring(shown.svg))
    assert "+88 tasks more" in repr(shown)
    assert len(shown.html.encode()) < 300_000


def test_a_run_of_many_thousand_steps_stays_small():
    async def long():
        async def work():
            for _ in range(150):
                await asyncio.sleep(0.1)

        await asyncio.gather(*(work() for _ in range(60)))

    shown = picture(long)
    assert len(shown.panels[0].record.steps) > 9_000
    assert len(shown.html.encode()) < 300_000


def test_no_picture_is_drawn_of_nothing():
    async def nothing():
        pass

    ending = apart.run(nothing)
    assert ending.error is None
    assert "1 task, 0 s virtual time" in repr(picture(nothing))


def test_the_same_run_draws_the_same_picture():
    for draw in PICTURES.values():
        assert draw().html == draw().html
