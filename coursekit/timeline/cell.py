"""`%%timeline`: run a cell with top-level await in virtual time and draw what its tasks did.

A cell's top-level await runs on the kernel's own loop, which is ipykernel's, in real time, shared
with the kernel's messages: it cannot be virtual, its pictures differ from run to run, and a cell
that waits for ever there takes the kernel with it. So `%%timeline` runs the cell's code in a
thread, on a VirtualTimeLoop: an hour's sleep costs nothing, the same cell draws the same picture
every time, and a deadlock ends at once with the picture of who waits for whom. The code sees the
notebook's names and the names it binds stay. The price: an asyncio object that a task of the
kernel's loop already waits on cannot be used in it, nor one that it leaves behind elsewhere; make
queues and locks inside the cell.

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

from coursekit.harness import Deadlock
from coursekit.timeline import apart
from coursekit.timeline.panel import Panel
from coursekit.timeline.picture import Picture
from coursekit.timeline.schedules import compare

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell


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
        __tracebackhide__ = True
        options = _OPTIONS.parse_args(shlex.split(line))
        codes = _compiled(shell, line, cell)
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
        except KeyboardInterrupt as interrupt:
            if isinstance(interrupt, apart.Interrupted):
                _display(Picture(Panel(f"{title}, interrupted".lstrip(", "), interrupt.record)))
            raise KeyboardInterrupt from None
        error = ending.error
        if isinstance(error, apart.Stopped):
            title = f"{title}, {error}".lstrip(", ")
        _display(Picture(Panel(title, ending.record)))
        if error is not None and not isinstance(error, Deadlock | apart.Stopped):
            _show(shell, error, codes)
        return ending.value

    shell.register_magic_function(timeline, "cell", "timeline")  # type: ignore[arg-type]


def _display(picture: Picture) -> None:
    display(picture)  # type: ignore[no-untyped-call]


def _compiled(shell: InteractiveShell, line: str, cell: str) -> list[CodeType]:
    """The cell's statements, and apart from them its last expression, whose value is shown."""
    # The comment stands for the magic's line, so that line numbers are the notebook's.
    source = f"# %%timeline {line}\n" + shell.transform_cell(cell)  # type: ignore[no-untyped-call]
    name = shell.compile.cache(source, shell.execution_count, raw_code=source)
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


def _show(shell: InteractiveShell, error: BaseException, codes: list[CodeType]) -> None:
    """The error's traceback from the cell's own line on."""
    trace = error.__traceback__
    while trace is not None and trace.tb_frame.f_code not in codes:
        trace = trace.tb_next
    shell.showtraceback((type(error), error, trace or error.__traceback__))
