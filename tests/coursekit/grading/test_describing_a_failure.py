"""A failure in a few lines that mean the same on every machine."""

from __future__ import annotations

import asyncio
import linecache
import re
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from coursekit.grading.failure import MOST_LINES, Describer
from coursekit.grading.outcome import JobOutcome
from coursekit.grading.protocol import Job
from tests.coursekit.grading.conftest import job_of

CELL = Path("/somewhere/run-7/cell.py")


def described(body: str) -> dict[str, object]:
    """Run a function body that raises, as if it stood in a cell from line 2 on, and describe it."""
    text = "async def test_a():\n" + "".join(f"    {line}\n" for line in body.splitlines())
    linecache.cache[str(CELL)] = (len(text), None, text.splitlines(True), str(CELL))
    space: dict[str, Callable[[], None]] = {}
    exec(compile(text, str(CELL), "exec"), {"asyncio": asyncio}, space)
    with pytest.raises((ValueError, ExceptionGroup)) as caught:
        asyncio.run(space["test_a"]())  # type: ignore[arg-type]
    return Describer(Path("/somewhere"), CELL, "cell").describe(caught.value)


def test_the_line_of_the_cell_stands_before_the_error() -> None:
    assert described("x = 1\nraise ValueError('no')") == {
        "type": "ValueError",
        "at": "cell:3",
        "text": ["cell:3 in test_a", "    raise ValueError('no')", "E   ValueError: no"],
    }


def test_paths_temporary_folders_and_addresses_are_left_out() -> None:
    path = f"{tempfile.gettempdir()}/left/file"
    found = described(f"raise ValueError({path!r} + ' ' + repr(object()) + ' /usr/lib/x/y.py')")
    assert found["text"][-1] == "E   ValueError: <tmp>/left/file <object object> y.py"  # type: ignore[index]


def test_each_error_of_a_group_has_its_own_line() -> None:
    found = described(
        """\
async def bad(n):
    raise ValueError(n)
async with asyncio.TaskGroup() as group:
    group.create_task(bad(1))
    group.create_task(bad(2))"""
    )
    assert found["text"][-3:] == [  # type: ignore[index]
        "E   ExceptionGroup: unhandled errors in a TaskGroup (2 sub-exceptions)",
        "E       ValueError: 1  (cell:3)",
        "E       ValueError: 2  (cell:3)",
    ]


def test_a_long_message_is_cut_in_the_middle_and_in_width() -> None:
    text = described("raise ValueError('\\n'.join('x' * 500 for _ in range(100)))")["text"]
    assert isinstance(text, list)
    assert len(text) == MOST_LINES
    assert any(re.fullmatch(r"… \d+ lines more …", line) for line in text)
    assert max(map(len, text)) <= 160


def test_pytests_advice_to_ask_for_more_is_left_out(
    run_job: Callable[[Job], JobOutcome],
) -> None:
    result = run_job(
        job_of("def test_a():\n    assert {'a': 1, 'b': [1] * 99} == {'a': 1, 'b': 2}\n")
    )
    text = "\n".join(result.outcomes[0].failures[0].failure["text"])
    assert "Omitting 1 identical items\n" in text
    assert "-v" not in text


def test_a_strict_xfail_that_passes_is_told(run_job: Callable[[Job], JobOutcome]) -> None:
    text = "import pytest\n\n@pytest.mark.xfail(strict=True)\ndef test_a(): pass\n"
    (failed,) = run_job(job_of(text)).outcomes[0].failures
    assert failed.failure["text"] == ["E   [XPASS(strict)] "]


def test_what_an_earlier_cell_defines_has_a_place_and_no_line(
    run_job: Callable[[Job], JobOutcome],
) -> None:
    earlier = (
        "import asyncio\n\n"
        "async def refuse():\n    raise ValueError('no')\n\n"
        "async def sleeps():\n    await asyncio.sleep(60)\n"
    )
    cell = (
        "from earlier_cells import asyncio, refuse, sleeps\n\n"
        "async def test_a():\n    await refuse()\n\n"
        "async def test_b():\n    async with asyncio.TaskGroup() as group:\n"
        "        group.create_task(refuse())\n\n"
        "async def test_c():\n    asyncio.create_task(sleeps())\n"
    )
    outcome = run_job(replace(job_of(cell), earlier=earlier)).outcomes[0]
    first, group, left = [failed.failure["text"] for failed in outcome.failures]
    assert first[-3:] == [
        "earlier cell in refuse",
        "    raise ValueError('no')",
        "E   ValueError: no",
    ]
    assert group[-1] == "E       ValueError: no  (earlier cell)"
    assert "E     sleeps: earlier cell in sleeps: await asyncio.sleep(60)" in left
