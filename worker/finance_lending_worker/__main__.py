"""Decide loan applications: ``python -m finance_lending_worker jobs.jsonl --db loans.sqlite3``."""

import sys

from finance_lending_worker.program.signals import StopSignals


def main() -> int:
    """Run the program; a signal that comes while it is still being imported counts, too."""
    stop_signals = StopSignals()
    from finance_lending_worker.program.command import command

    return command(stop_signals)


if __name__ == "__main__":
    sys.exit(main())
