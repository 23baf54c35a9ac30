"""What a learner meets in JupyterLab, in a real browser."""

import httpx
import nbformat
import pytest

pytest.importorskip("playwright", reason="needs the dev extra: playwright")

MADE_UP = [
    "import time\nprint('hello')",
    "1 + 1",
    "from IPython.display import HTML\nHTML('<b>bold</b>')",
    "while True:\n    time.sleep(0.01)",
    "print('still here')",
]


@pytest.fixture(scope="module")
def made_up(lab_server):
    notebook = nbformat.v4.new_notebook()
    notebook.metadata.kernelspec = {"name": "python3", "display_name": "Python 3"}
    notebook.cells = [nbformat.v4.new_code_cell(source) for source in MADE_UP]
    nbformat.write(notebook, lab_server.project / "notebooks" / "made_up.ipynb")
    return "notebooks/made_up.ipynb"


def test_the_server_listens_on_loopback_only(lab_server):
    listening = lab_server.addresses()
    assert listening
    assert listening <= {"127.0.0.1", "::1"}


def test_nobody_gets_in_without_the_token(lab_server):
    contents = f"{lab_server.address}api/contents"
    assert httpx.get(contents).status_code == 403
    assert httpx.get(contents, params={"token": lab_server.token}).status_code == 200


def test_the_course_opens_on_notebook_00_and_asks_nothing(lab):
    assert lab.open_course() == "notebooks/00_start_here.ipynb"
    assert lab.notifications() == []


def test_a_cell_can_be_typed_run_and_interrupted(lab, made_up, screenshots):
    lab.open(made_up)
    assert lab.run_cell(0).text == "hello\n"
    hanging = lab.find("while True")
    lab.start_cell(hanging)
    assert "KeyboardInterrupt" in lab.interrupt(hanging).text
    assert lab.run_cell(hanging + 1).text == "still here\n"
    lab.type_into(1, "def f():\n    x = 2\n    return x\n\nf() + 40")
    assert lab.run_cell(1).text == "42"
    assert lab.run_cell(2).html == "<b>bold</b>"
    lab.type_into(hanging, "pass")
    assert all(cell.count for cell in lab.run_all())
    lab.save_pictures(screenshots, "made-up", 1)
