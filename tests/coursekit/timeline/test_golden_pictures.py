import pytest

from tests.coursekit.timeline.golden_pictures import FOLDER, forms
from tests.coursekit.timeline.scenarios import PICTURES


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
