"""Says a verdict, or a plain run, in text: the same for a notebook, a terminal and nbval."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator

from coursekit.grading.outcome import JobOutcome, Test
from coursekit.grading.verdict import Bug, Step, Verdict

WIDTH = 100
MOST_FAILURES = 3


def verdict(result: Verdict, revealed: dict[str, str] | None = None) -> str:
    """Return a verdict as text; `revealed` holds the diffs asked for, by the name of the bug."""
    lines = list(_verdict(result, revealed or {}))
    if result.restarted:
        lines.append("(The process that runs the tests had been killed; it was started again.)")
    return "\n".join(lines)


def _verdict(result: Verdict, revealed: dict[str, str]) -> Iterator[str]:
    yield f"Exercise {result.exercise}: {headline(result)}"
    if result.step in (Step.GRADED, Step.CHECKS_NOTHING):
        yield ""
        yield from _bugs(result.bugs, revealed)
        yield from advice(result)
        return
    yield from failures(result.failures)
    yield from advice(result)


def headline(result: Verdict) -> str:
    """Return the first sentence of a verdict."""
    tests = _count(len(result.tests), "test")
    names = _names(result.failures)
    match result.step:
        case Step.NOT_ATTEMPTED:
            return "not attempted yet"
        case Step.UNREADABLE:
            return "the cell fails before its first test"
        case Step.FAILS:
            return f"{names} {_verb(result.failures, 'fails', 'fail')} on the worker as it is"
        case Step.UNSTEADY:
            return f"{names} {_verb(result.failures, 'does', 'do')} not give the same result twice"
        case Step.NEEDS_ORDER:
            return (
                f"{names} {_verb(result.failures, 'passes', 'pass')} only after the tests before "
                f"{_verb(result.failures, 'it', 'them')}"
            )
        case Step.OVER_STRICT:
            return f"{names} {_verb(result.failures, 'is', 'are')} over-strict"
        case Step.NEEDS_SCHEDULE:
            return (
                f"{names} {_verb(result.failures, 'depends', 'depend')} on the schedule: "
                f"passes on {result.seeds_passed} of {result.schedules} schedules"
            )
        case Step.CHECKS_NOTHING:
            return (
                f"{tests} pass whatever the worker does"
                if len(result.tests) > 1
                else ("1 test passes whatever the worker does")
            )
        case Step.GRADED:
            variants = (
                f", on {_count(result.variants, 'correct variant')} of it"
                if result.variants
                else ""
            )
            passes = "pass" if len(result.tests) != 1 else "passes"
            schedules = _count(result.schedules, "schedule")
            return f"{tests} {passes} on the worker{variants} and on {schedules}"


def advice(result: Verdict) -> Iterator[str]:
    """Yield what to do next."""
    match result.step:
        case Step.NOT_ATTEMPTED:
            count = _count(len(result.bugs), "bug")
            wait = "waits" if len(result.bugs) == 1 else "wait"
            yield f"{count} {wait} for a test. Write one in this cell and run it."
        case Step.UNREADABLE:
            yield "Mend that line and run the cell again."
        case Step.FAILS:
            yield "The worker is right here: the test asks for something that it does not promise,"
            yield "or has a mistake of its own."
        case Step.UNSTEADY:
            yield "What it says about a bug means nothing. Look for random numbers, the real clock,"
            yield "an order that nobody promised, and what outlives a test: a file, a global name."
        case Step.NEEDS_ORDER:
            yield "Give each test what it needs, in a fixture or in the test itself."
        case Step.OVER_STRICT if result.variant is not None:
            yield f"It fails on {result.variant.name}, a correct variant of the worker:"
            yield from _quoted(result.variant.story, "  ")
            yield "Check what the worker promises and no more than that."
        case Step.NEEDS_SCHEDULE:
            magic = "%%ipytest" if result.shown == "cell" else f"pytest {result.shown}"
            replay = f"{magic} --schedule {result.seed}"
            yield f"Replay it with  {replay}  and check a promise, not an order."
        case Step.CHECKS_NOTHING | Step.GRADED:
            if result.empty:
                names = ", ".join(result.empty)
                has, it = ("have", "them") if len(result.empty) > 1 else ("has", "it")
                yield f"{names} {has} no assert and no pytest.raises: only an error fails {it}."
            yield f"{result.caught} of {_count(len(result.bugs), 'bug')} caught"


def _bugs(bugs: Iterable[Bug], revealed: dict[str, str]) -> Iterator[str]:
    bugs = tuple(bugs)
    wide = max((len(bug.mutant.name) for bug in bugs), default=0)
    for bug in (bug for bug in bugs if bug.caught_by is not None):
        yield f"caught   {bug.mutant.name:{wide}}  {caught_by(bug)}"
        yield from _diff(revealed.get(bug.mutant.name, ""))
    for bug in (bug for bug in bugs if bug.caught_by is None):
        yield from _quoted(f'"{bug.mutant.story}"', f"ESCAPED  {bug.mutant.name:{wide}}  ")
        yield from _quoted(f"hint: {bug.mutant.hint}", " " * 9)
        yield from _diff(revealed.get(bug.mutant.name, ""))
    if bugs:
        yield ""


def caught_by(bug: Bug) -> str:
    """Return who caught a bug, and how if not by a failed assertion."""
    assert bug.caught_by is not None
    text = f"by {bug.caught_by.name}"
    if bug.schedule is not None:
        text += f" on schedule {bug.schedule}"
    return f"{text}: {bug.caught_by.reason}" if bug.caught_by.reason else text


def _diff(diff: str) -> Iterator[str]:
    for line in diff.splitlines():
        yield f"         | {line}".rstrip()


def failures(tests: Iterable[Test]) -> Iterator[str]:
    """Yield the failing lines of tests: the first few whole, the others by name."""
    tests = list(tests)
    for test in tests[:MOST_FAILURES]:
        yield ""
        yield f"{test.name}  {test.failure.get('at', '')}".rstrip()
        for text in test.failure.get("text", []):
            yield f"  {text}"
        yield from _output(test)
    for test in tests[MOST_FAILURES:]:
        yield f"{test.name} fails too"
    if tests:
        yield ""


def _output(test: Test) -> Iterator[str]:
    printed = test.output.splitlines()
    if printed:
        yield "  printed:"
        if len(printed) > 10:
            yield f"    … {len(printed) - 10} lines before …"
        for line in printed[-10:]:
            yield f"    {line[:WIDTH]}"


def plain(result: JobOutcome) -> str:
    """Return a run that is not graded: what failed, and a last line that counts."""
    if result.unreadable is not None:
        test = Test("the cell fails before its first test", "failed", result.unreadable)
        return "\n".join(failures([test])).strip("\n")
    tests = list(result.outcomes[0].tests.values()) if result.outcomes else []
    if not tests and result.job.keyword:
        return f"No test of this cell matches -k {result.job.keyword}."
    if not tests:
        return "No test in this cell. A test is a function whose name starts with test_."
    counts = {
        "passed": sum(test.outcome == "passed" for test in tests),
        "failed": sum(test.failed for test in tests),
        "skipped": sum(test.outcome == "skipped" for test in tests),
        "failed as expected": sum(test.outcome == "expected" for test in tests),
    }
    lines = list(failures(test for test in tests if test.failed))
    for test in tests:
        if not test.failed and test.output:
            lines += [test.name, *_output(test)]
    lines.append(", ".join(f"{number} {word}" for word, number in counts.items() if number))
    return "\n".join(lines).strip("\n")


def _names(tests: tuple[Test, ...]) -> str:
    names = [test.name for test in tests]
    if len(names) > 3:
        return f"{', '.join(names[:2])} and {len(names) - 2} more"
    return " and ".join(names)


def _verb(tests: tuple[Test, ...], one: str, many: str) -> str:
    return one if len(tests) == 1 else many


def _count(number: int, word: str) -> str:
    return f"{number} {word}" if number == 1 else f"{number} {word}s"


def _quoted(text: str, indent: str) -> Iterator[str]:
    yield from textwrap.wrap(
        text, WIDTH, initial_indent=indent, subsequent_indent=" " * len(indent)
    )
