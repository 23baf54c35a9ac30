"""Says a verdict in HTML for JupyterLab, light or dark; its text form stands beside it.

Colours are JupyterLab's own, and each state has its word and its sign too. Hints fold away, so
that a reader may think first.
"""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from coursekit.grading import text
from coursekit.grading.verdict import Bug, Step, Verdict

_CELL = "text-align:left;vertical-align:top;padding:2px 14px 2px 0;border:0;background:none"
_CAUGHT = "color:var(--jp-success-color0,#1b5e20);font-weight:600;white-space:nowrap"
_ESCAPED = "color:var(--jp-error-color0,#b71c1c);font-weight:600;white-space:nowrap"
_CODE = "margin:4px 0;padding:6px 10px;background:var(--jp-layout-color2,#eee);overflow-x:auto"


def verdict(result: Verdict, revealed: dict[str, str], diffs: dict[str, str]) -> str:
    """Return a verdict as HTML. `diffs` holds the change behind each bug, shown when unfolded.

    Bugs named in `revealed` are unfolded from the start.
    """
    return "".join(_verdict(result, revealed, diffs))


def _verdict(result: Verdict, revealed: dict[str, str], diffs: dict[str, str]) -> Iterator[str]:
    title = f"<strong>Exercise {escape(result.exercise)}</strong>"
    yield f"<p>{title}: {escape(text.headline(result))}</p>"
    if result.step in (Step.GRADED, Step.CHECKS_NOTHING):
        yield '<table style="border:0;margin:0 0 6px 0"><tbody>'
        ordered = sorted(result.bugs, key=lambda bug: bug.caught_by is None)
        for bug in ordered:
            yield _row(bug, bug.mutant.name in revealed, diffs.get(bug.mutant.name, ""))
        yield "</tbody></table>"
    elif result.failures:
        shown = "\n".join(text.failures(result.failures)).strip()
        yield f'<pre style="{_CODE}">{escape(shown)}</pre>'
    lines = [escape(line.strip()) for line in text.advice(result)]
    yield f"<p>{'<br>'.join(lines)}</p>"
    if result.restarted:
        yield "<p>The process that runs the tests had been killed; it was started again.</p>"


def _row(bug: Bug, is_open: bool, diff: str) -> str:
    name = f'<code style="white-space:nowrap">{escape(bug.mutant.name)}</code>'
    change = _fold("The change", f'<pre style="{_CODE}">{escape(diff)}</pre>', is_open)
    if bug.caught_by is not None:
        state, rest = f'<span style="{_CAUGHT}">✓ caught</span>', escape(text.caught_by(bug))
        rest += change if is_open else ""
    else:
        state = f'<span style="{_ESCAPED}">✗ escaped</span>'
        hint = _fold("Hint", escape(bug.mutant.hint), False)
        rest = f"<em>{escape(bug.mutant.story)}</em>{hint}{change}"
    cells = "".join(f'<td style="{_CELL}">{cell}</td>' for cell in (state, name, rest))
    return f'<tr style="background:none">{cells}</tr>'


def _fold(title: str, body: str, is_open: bool) -> str:
    return f"<details{' open' if is_open else ''}><summary>{title}</summary>{body}</details>"
