"""A small project to grade tests in: a module, six bugs in it, two correct variants, a conftest."""

from __future__ import annotations

from pathlib import Path

POOL = '''\
"""Runs jobs side by side, no more than a limit at once."""

import asyncio


async def run_all(jobs, limit, pause=1.0):
    """Return ("done", value) or ("failed", error) for each job, in their order."""
    slots = asyncio.Semaphore(limit)
    outcomes = [None] * len(jobs)

    async def one(position, job):
        await slots.acquire()
        try:
            outcomes[position] = ("done", await job())
        except Exception as error:
            outcomes[position] = ("failed", error)
        finally:
            slots.release()

    await asyncio.gather(*(one(position, job) for position, job in enumerate(jobs)))
    return outcomes


async def again(job, attempts, pause=1.0):
    """Return what `job` returns, after at most `attempts` calls with a pause between them."""
    for attempt in range(attempts):
        try:
            return await job()
        except ConnectionError:
            if attempt == attempts - 1:
                raise
            await asyncio.sleep(pause * 2**attempt)


async def hand_over(value):
    """Return `value` after one task gave it to another."""
    queue = asyncio.Queue()

    async def give():
        queue.put_nowait(value)

    async def take():
        return await queue.get()

    return (await asyncio.gather(give(), take()))[1]


def main():
    print(asyncio.run(run_all([_answer] * 3, 2)))


async def _answer():
    return 42


if __name__ == "__main__":
    main()
'''

MUTANTS = """\
[[mutant]]
exercise = "1.1"
name = "limit-off-by-one"
module = "pool"
old = "asyncio.Semaphore(limit)"
new = "asyncio.Semaphore(limit + 1)"
story = "The credit bureau allows 10 calls at once. At month end it blocked us."
hint = "Count how many jobs are inside at the same moment."

[[mutant]]
exercise = "1.1"
name = "runs-one-by-one"
module = "pool"
old = "asyncio.Semaphore(limit)"
new = "asyncio.Semaphore(1)"
story = "It was correct, and it took all night."
hint = "How long may four jobs of a second take together?"

[[mutant]]
exercise = "1.1"
name = "failure-keeps-slot"
module = "pool"
old = "        finally:\\n            slots.release()"
new = "        else:\\n            slots.release()"
story = "By noon the worker had no slots left."
hint = "Let some jobs fail first, then count again."

[[mutant]]
exercise = "1.1"
name = "one-failure-stops-all"
module = "pool"
old = "except Exception as error:"
new = "except LookupError as error:"
story = "One bad job took the whole batch along."
hint = "Let one of the jobs fail."

[[mutant]]
exercise = "1.1"
name = "order-lost"
module = "pool"
old = "    return outcomes\\n"
new = "    return outcomes[::-1]\\n"
story = "Two customers got each other's loans."
hint = "Do the outcomes stand where their jobs stood?"

[[mutant]]
exercise = "1.1"
name = "constant-pause"
module = "pool"
old = "pause * 2**attempt"
new = "pause"
story = "The sick service never got the time to recover."
hint = "When exactly did each call come?"

[[mutant]]
exercise = "1.1"
name = "bounded"
module = "pool"
old = "asyncio.Semaphore(limit)"
new = "asyncio.BoundedSemaphore(limit)"
story = "Which kind of semaphore it is, is nobody's business."
equivalent = true

[[mutant]]
exercise = "1.1"
name = "last-first"
module = "pool"
old = "one(position, job) for position, job in enumerate(jobs)"
new = "one(position, job) for position, job in reversed([*enumerate(jobs)])"
story = "In which order jobs begin is not promised."
equivalent = true

[[mutant]]
exercise = "1.2"
name = "spins"
module = "pool"
old = "    return outcomes\\n"
new = "    while True:\\n        pass\\n"
story = "The fan was the first to notice."
hint = "Any call will do."

[[mutant]]
exercise = "1.2"
name = "hangs"
module = "pool"
old = "    return outcomes\\n"
new = "    await asyncio.Event().wait()\\n"
story = "Nobody ever came back."
hint = "Any call will do."

[[mutant]]
exercise = "1.3"
name = "answers-41"
module = "pool"
old = "return 42"
new = "return 41"
story = "The answer was nearly right."
hint = "Start the program and read what it prints."

[[mutant]]
exercise = "1.4"
name = "does-not-import"
module = "pool"
old = "import asyncio\\n"
new = "import asyncio\\nimport_error\\n"
story = "The release went out on a Friday."
hint = "Any test will do."

[[mutant]]
exercise = "1.5"
name = "takes-too-early"
module = "pool"
old = "await queue.get()"
new = "queue.get_nowait()"
story = "It worked in every demonstration."
hint = "Who comes first, the giver or the taker?"
schedules = true
"""

CONFTEST = """\
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
pytest_plugins = ["coursekit.harness"]


@pytest.fixture
def four():
    return 4
"""

PYPROJECT = """\
[tool.pytest.ini_options]
asyncio_mode = "auto"
asyncio_default_fixture_loop_scope = "function"
filterwarnings = ["error"]
strict_config = true
strict_markers = true

[tool.coursekit]
mutants = "mutants"
preload = ["httpx"]
"""

FOUR_TESTS = """\
import asyncio

import pytest
from pool import again, run_all


async def test_never_more_than_the_limit_run_at_once():
    inside = peak = 0

    async def job():
        nonlocal inside, peak
        inside += 1
        peak = max(peak, inside)
        await asyncio.sleep(1)
        inside -= 1

    await run_all([job] * 5, 2)
    assert peak == 2


async def test_jobs_run_side_by_side():
    async def job():
        await asyncio.sleep(1)

    await run_all([job] * four_jobs(), 2)
    assert asyncio.get_running_loop().time() == 2


async def test_a_failure_stays_in_its_place_and_leaves_its_slot():
    async def good():
        return "good"

    async def bad():
        raise ValueError("bad")

    kinds = [kind for kind, _ in await run_all([bad, bad, bad, good], 2)]
    assert kinds == ["failed", "failed", "failed", "done"]


async def test_each_pause_is_twice_the_one_before():
    times = []

    async def job():
        times.append(asyncio.get_running_loop().time())
        raise ConnectionError

    with pytest.raises(ConnectionError):
        await again(job, 4)
    assert times == [0, 1, 3, 7]


def four_jobs():
    return 4
"""
"""Tests that pass on the module and on both variants and catch all six bugs of exercise 1.1."""


def write(folder: Path) -> Path:
    """Write the project into `folder`, which is made, and return it."""
    (folder / "mutants").mkdir(parents=True)
    (folder / "notebooks").mkdir()
    for name, text in {
        "pool.py": POOL,
        "conftest.py": CONFTEST,
        "pyproject.toml": PYPROJECT,
        "mutants/01_pool.toml": MUTANTS,
    }.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder
