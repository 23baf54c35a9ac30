import asyncio

import pytest

from tests.coursekit.timeline.golden_pictures import FOLDER, forms
from tests.coursekit.timeline.scenarios import PICTURES, picture


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_is_the_one_that_was_looked_at(name):
    for file, text in forms(name).items():
        assert text == (FOLDER / file).read_text(encoding="utf-8"), file


def test_every_kept_picture_is_drawn():
    kept = {path.name for path in FOLDER.iterdir()}
    assert kept == {file for name in PICTURES for file in forms(name)}


@pytest.mark.parametrize("name", PICTURES)
def test_the_text_form_fits_a_terminal(name):
    assert max(len(line) for line in repr(PICTURES[name]()).splitlines()) <= 80


def test_the_name_of_an_exception_at_the_right_end_is_not_cut():
    class TakesAllTheRoom(Exception):
        pass

    async def gives_way_often():
        for _ in range(20):
            await asyncio.sleep(0)
        raise TakesAllTheRoom

    _, row, *_ = repr(picture(gives_way_often)).splitlines()
    assert row.endswith("✗ TakesAllTheRoom")
    assert len(row) <= 80
