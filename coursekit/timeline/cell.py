"""`%%timeline`: run a cell with top-level await in virtual time and draw what its tasks did.

A cell's top-level await runs on the kernel's own loop, which is ipykernel's, in real time, shared
with the kernel's messages: it cannot be virtual, its pictures differ from run to run, and a cell
that waits for ever there takes the kernel with it. So `%%timeline` runs the cell's code in a
thread, on a VirtualTimeLoop: an hour's sleep costs nothing, the same cell draws the same picture
every time, and a deadlock ends at once with the picture of who waits for whom. The code sees the
notebook's names and the names it binds stay. The price: an asyncio object that a task of the
kernel's loop already waits on cannot be used in it, nor one that it leaves behind elsewhere; make
queues and locks inside the cell.

An error of the cell's is the cell's error, shown below the picture from the cell's own line on. A
deadlock, an endless loop and `sys.exit` are told by the picture.

The picture is the same on every version of Python, but for what asyncio itself does otherwise: on
3.11 `wait_for` starts a task, which has a row.

`--schedule N` replays a schedule, `--schedule N M` draws two, one above the other; `--real` takes
a real-time loop, in a thread of its own too; `--limit SECONDS` stops the cell after so much real
time; `--title "WORDS"` stands above the picture.
"""

from __future__ import annotations

import argparse
import ast
import inspect
import shlex
from types import CodeType
from typing import TYPE_CHECKING, Any, NoReturn

from IPython.core.error import UsageError
from IPython.display import display

from coursekit.harness import Deadlock, Livelock
from coursekit.timeline import apart
from coursekit.timeline.panel import Panel
from coursekit.timeline.picture import Picture
from coursekit.timeline.schedules import compare

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell


_TOLD_BY_THE_PICTURE = (Deadlock, Livelock, apart.Stopped, SystemExit)


class Interrupted(KeyboardInterrupt):
    """An interrupt that IPython shows as one line."""

    def _render_traceback_(self) -> list[str]:
        return ["Interrupted. The cell's tasks were stopped; the next cell runs as usual."]


class Unreadable(Exception):
    """The cell is not Python; IPython would show a SyntaxError with the way to it."""

    def __init__(self, error: SyntaxError, lines: list[str]) -> None:
        super().__init__(str(error))
        self._lines = lines

    def _render_traceback_(self) -> list[str]:
        return self._lines


class _Options(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message}\n{self.format_usage()}")


_OPTIONS = _Options(prog="%%timeline", add_help=False)
_OPTIONS.add_argument("--schedule", type=int, nargs="+", default=[], metavar="N")
_OPTIONS.add_argument("--real", action="store_true")
_OPTIONS.add_argument("--limit", type=float, default=apart.LIMIT, metavar="SECONDS")
_OPTIONS.add_argument("--title", default="")


def register(shell: InteractiveShell) -> None:
    """Add `%%timeline` to an IPython shell."""

    def timeline(line: str, cell: str) -> Any:
        options = _OPTIONS.parse_args(shlex.split(line))
        try:
            codes = _compiled(shell, line, cell)
        except SyntaxError as error:
            lines = shell.SyntaxTB.structured_traceback(type(error), error, None)
            raise Unreadable(error, lines) from None
        title = options.title

        async def cell_() -> Any:
            value = None
            for code in codes:
                value = eval(code, shell.user_ns)
                if code.co_flags & inspect.CO_COROUTINE:
                    value = await value
            return value

        cell_.__qualname__ = "cell"
        if len(options.schedule) > 1:
            _display(compare(cell_, options.schedule, limit=options.limit))
            return None
        seed = options.schedule[0] if options.schedule else None
        try:
            ending = apart.run(cell_, seed=seed, real=options.real, limit=options.limit)
        except apart.Interrupted as interrupt:
            _display(Picture(Panel(f"{title}, interrupted".lstrip(", "), interrupt.record)))
            raise Interrupted from None
        failed = ending.error
        if isinstance(failed, apart.Stopped | Livelock):
            how = "goes on for ever" if isinstance(failed, Livelock) else failed
            title = f"{title}, {how}".lstrip(", ")
        _display(Picture(Panel(title, ending.record)))
        if failed is not None and not isinstance(failed, _TOLD_BY_THE_PICTURE):
            raise _told(failed, _traceback(shell, failed, codes))
        return ending.value

    shell.register_magic_function(timeline, "cell", "timeline")  # type: ignore[arg-type]


def _display(picture: Picture) -> None:
    display(picture)  # type: ignore[no-untyped-call]


def _compiled(shell: InteractiveShell, line: str, cell: str) -> list[CodeType]:
    """The cell's statements, and apart from them its last expression, whose value is shown."""
    # The comment stands for the magic's line, so that line numbers are the notebook's.
    source = f"# %%timeline {line}\n" + shell.transform_cell(cell)  # type: ignore[no-untyped-call]
    # Some versions of IPython count the cell before it runs, some after.
    number = len(shell.user_ns.get("In", [""])) - 1
    name = shell.compile.cache(source, number, raw_code=source)
    tree = ast.parse(source, name)
    flags = shell.compile.flags | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
    codes = []
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    if tree.body:
        codes.append(compile(tree, name, "exec", flags=flags, dont_inherit=True))
    if isinstance(last, ast.Expr):
        expression = ast.Expression(last.value)
        codes.append(compile(expression, name, "eval", flags=flags, dont_inherit=True))
    return codes


def _traceback(shell: InteractiveShell, error: BaseException, codes: list[CodeType]) -> list[str]:
    """The error's traceback from the cell's own line on, as IPython shows it."""
    trace = error.__traceback__
    while trace is not None and trace.tb_frame.f_code not in codes:
        trace = trace.tb_next
    trace = trace or error.__traceback__
    return shell.InteractiveTB.structured_traceback(type(error), error, trace)


def _told(error: BaseException, lines: list[str]) -> BaseException:
    """The error, told in these lines: IPython's own way to them is no part of it."""
    error._render_traceback_ = lambda: lines  # type: ignore[attr-defined]
    return error
