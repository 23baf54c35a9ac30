"""The command line: options, exit codes, and one clear line for whatever is wrong."""

from __future__ import annotations

import argparse
import asyncio
import logging
import sqlite3
from functools import partial

from finance_lending_worker.program.decisions import DecisionWriter
from finance_lending_worker.program.leftovers import Failed, Unfinished
from finance_lending_worker.program.lines import STANDARD_INPUT, LineReader, opened
from finance_lending_worker.program.progress import say
from finance_lending_worker.program.run import Run
from finance_lending_worker.program.signals import StopSignals
from finance_lending_worker.services.data_fetcher import fetch_credit_score
from finance_lending_worker.services.lending_api import lending_api
from finance_lending_worker.services.store import LoanStore
from finance_lending_worker.tasks.loan_processor import process_loan_application

ALL_DECIDED = 0
SOME_FAILED = 1
CANNOT_WORK = 2  # as argparse has it for a wrong option
UNFINISHED = 3

_DESCRIPTION = """\
Decide loan applications. Each line of JOBS is a JSON object with loan_id, user_id and amount; each
ends as a decision in the database, in JOBS.unfinished.jsonl (as it is: input for another run) or
in JOBS.failed.jsonl (with its number and the reason). A loan that is decided stays so. On SIGTERM
and SIGINT (Ctrl-C) it does what is in hand, keeps the rest as unfinished and ends.
"""
_EPILOG = """\
exit codes: 0 all lines are decided; 1 some have failed; 2 it cannot work, because of an option, the
input or the database; 3 some lines are unfinished
"""


def command(stop_signals: StopSignals) -> int:
    """Run the program as its arguments say and return its exit code."""
    options = _parser().parse_args()
    # What the worker warns of is in the failed file; its errors are news.
    logging.basicConfig(level=logging.ERROR, format="%(message)s")
    try:
        return asyncio.run(_work(options, stop_signals))
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        say(f"error: {where}{error.strerror or error}")
    except sqlite3.Error as error:
        say(f"error: {options.db}: {error}")
    return CANNOT_WORK


async def _work(options: argparse.Namespace, stop_signals: StopSignals) -> int:
    jobs: str = options.jobs
    with opened(jobs) as descriptor, Unfinished(jobs) as unfinished, Failed(jobs) as failed:
        async with LoanStore(options.db) as store, lending_api() as api:
            score = partial(fetch_credit_score, http_client=api)
            run = Run(
                LineReader(descriptor),
                decide=partial(process_loan_application, fetch_credit_score=score),
                decisions=DecisionWriter(store.save_decisions),
                unfinished=unfinished,
                failed=failed,
                concurrency=options.concurrency,
                grace=options.grace,
            )
            await run.to_the_end(stop_signals)
        say(run.summary())
        for leftovers in (unfinished, failed):
            if leftovers.count:
                say(f"see {leftovers.path}")
        for problem in run.problems:
            say(f"error: {problem}")
        if run.problems:
            return CANNOT_WORK
        if unfinished.count:
            return UNFINISHED
        return SOME_FAILED if failed.count else ALL_DECIDED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m finance_lending_worker",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("jobs", nargs="?", default=STANDARD_INPUT, metavar="JOBS")
    parser.add_argument("--db", default="loans.sqlite3", metavar="FILE", help="the SQLite database")
    parser.add_argument(
        "--concurrency", type=_jobs_at_once, default=100, metavar="N", help="jobs at once (100)"
    )
    parser.add_argument(
        "--grace", type=_seconds, default=10.0, metavar="S", help="seconds for jobs in hand (10)"
    )
    return parser


def _jobs_at_once(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"must be a whole number from 1, not {text!r}")
    return int(text)


def _seconds(text: str) -> float:
    if not text.replace(".", "", 1).isdecimal():
        raise argparse.ArgumentTypeError(f"must be a number of seconds, not {text!r}")
    return float(text)
