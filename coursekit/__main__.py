"""The course's command line: `python -m coursekit --help`."""

from __future__ import annotations

import argparse
import sys
from io import TextIOWrapper
from pathlib import Path

from coursekit.notebooks.course import CourseError, find_root


def main(arguments: list[str] | None = None) -> int:
    """Run one command and return its exit status: 0 done, 1 refused or not possible."""
    options = _parser().parse_args(arguments)
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # a console without block characters
    try:
        return int(options.run(options))
    except CourseError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Stopped. Nothing half-written is left.", file=sys.stderr)
        return 130


def _execute(options: argparse.Namespace) -> int:
    from coursekit.notebooks.execute import execute

    return execute(options.paths, check=options.check)


def _reset(options: argparse.Namespace) -> int:
    from coursekit.notebooks.reset import reset

    return reset(options.target)


def _progress(_options: argparse.Namespace) -> int:
    from coursekit.notebooks.progress_table import table

    print(table(find_root(Path.cwd()), recorded=True))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m coursekit",
        description="Look after the course's notebooks, from any folder inside it.",
    )
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    resetting = commands.add_parser(
        "reset",
        help="set an exercise back to its starter; what you wrote is kept",
        description="Set exercises back to their starter. What a cell held stays right after it, "
        "in a cell that nothing runs.",
    )
    resetting.add_argument(
        "target",
        metavar="WHAT",
        help="an exercise (2.3), a notebook (02_tasks) or all",
    )
    resetting.set_defaults(run=_reset)
    telling = commands.add_parser(
        "progress",
        help="show what you have solved, as %%progress does in a notebook",
        description="Show every exercise of the course and the bugs that your best tests caught.",
    )
    telling.set_defaults(run=_progress)
    executing = commands.add_parser(
        "execute",
        help="for maintainers: run notebooks again and keep their outputs",
        description="Run notebooks from a fresh kernel of this environment and write them back in "
        "their one form. A notebook is refused, and left as it is, when a cell fails or an output "
        "tells something about this machine. Starters are stored anew for `reset`.",
    )
    executing.add_argument(
        "paths",
        nargs="*",
        type=Path,
        metavar="FILE",
        help="notebooks or folders (default: notebooks/ and solutions/)",
    )
    executing.add_argument(
        "--check",
        action="store_true",
        help="write nothing; say which notebooks would change, and leave with 1 if one would",
    )
    executing.set_defaults(run=_execute)
    return parser


if __name__ == "__main__":
    sys.exit(main())
