"""The options of a cell of tests: `%%ipytest` followed by these."""

from __future__ import annotations

import argparse
import shlex
from typing import NoReturn


class OptionError(Exception):
    """Options that cannot be understood; the message says what is possible."""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise OptionError(f"%%ipytest: {message}\n\n{self.format_help()}".rstrip())


def _parser() -> _Parser:
    parser = _Parser("%%ipytest", add_help=False, allow_abbrev=False, usage="%%%%ipytest [options]")
    add = parser.add_argument
    add("--exercise", metavar="ID", help="grade the tests by the bugs of this exercise, say 2.3")
    add("--bug", metavar="NAME", help="run the tests with this bug planted, without grading")
    add(
        "--reveal", metavar="NAME", action="append", default=[], help="show the change behind a bug"
    )
    add(
        "--schedule",
        metavar="N",
        type=int,
        help="run runnable tasks in the order that seed N gives",
    )
    add("--timeline", action="store_true", help="draw what the tasks of each test did")
    add(
        "-k",
        dest="keyword",
        metavar="EXPRESSION",
        default="",
        help="run the tests whose names match",
    )
    add("-s", dest="show_output", action="store_true", help="show what passing tests print")
    add("-h", "--help", action="store_true", help="show this text")
    # Habits from a terminal that change nothing here: the output is short already.
    add("-q", "-qq", "-v", "-vv", action="store_true", dest="habit", help=argparse.SUPPRESS)
    return parser


def parse(line: str) -> argparse.Namespace:
    """Return the options on a magic line. Raises OptionError."""
    parser = _parser()
    try:
        words = shlex.split(line)
    except ValueError as error:
        raise OptionError(f"%%ipytest: {error}. Is a quotation mark missing?") from None
    options = parser.parse_args(words)
    if options.help:
        raise OptionError(parser.format_help().rstrip())
    return options
