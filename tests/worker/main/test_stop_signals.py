import json
import signal
import subprocess

import pytest
from program_runs import PATIENCE, job

pytestmark = pytest.mark.real_time

MANY = 10_000


def end(process):
    """Wait for the end of a program that was asked to end; its exit code and what it said."""
    _, said = process.communicate(timeout=PATIENCE)
    assert b"Traceback" not in said
    return process.returncode, said.decode()


def loans(lines):
    return [json.loads(line)["loan_id"] for line in lines]


def test_sigterm_in_the_middle_of_10_000_jobs_loses_none_and_a_second_run_picks_them_up(folder):
    lines = folder.write("jobs.jsonl", "bad", *map(job, range(MANY)))
    process = folder.working("jobs.jsonl", "--db", "loans.sqlite3")
    process.send_signal(signal.SIGTERM)
    exit_code, said = end(process)
    assert exit_code == 3
    assert "stopping" in said

    decided = set(folder.decisions())
    unfinished = loans(folder.lines("jobs.unfinished.jsonl"))
    assert 0 < len(decided) < MANY
    assert len(decided) + len(unfinished) == MANY
    assert decided | set(unfinished) == set(loans(lines[1:]))
    assert set(folder.failures()) == {1}

    # Its own input is not harmed by a run that is stopped, too.
    before = folder.lines("jobs.unfinished.jsonl")
    stopped = folder.run("jobs.unfinished.jsonl", "--db", "loans.sqlite3", stopped_early=True)
    assert "Traceback" not in stopped.stderr
    assert folder.lines("jobs.unfinished.jsonl") == before

    done = folder.run("jobs.unfinished.jsonl", "--db", "loans.sqlite3")
    assert done.returncode == 0
    assert set(folder.decisions()) == set(loans(lines[1:]))
    assert folder.names() == {
        "jobs.jsonl",
        "jobs.failed.jsonl",
        "jobs.unfinished.jsonl",
        "loans.sqlite3",
    }


def test_a_signal_while_the_program_is_loaded_is_not_lost(folder):
    lines = folder.write("jobs.jsonl", *map(job, range(500)))
    done = folder.run("jobs.jsonl", stopped_early=True)
    assert done.returncode == 3
    assert "Traceback" not in done.stderr
    assert folder.lines("jobs.unfinished.jsonl") == lines
    assert folder.decisions() == {}


def test_sigint_stops_a_pipe_that_somebody_holds_open_and_a_begun_line_is_kept(folder):
    lines = [job(number) for number in range(3000)]
    process = folder.start("--db", "loans.sqlite3", stdin=subprocess.PIPE)
    process.stdin.write("\n".join(lines).encode() + b'\n{"loan_id": "cut')
    process.stdin.flush()
    for line in process.stderr:
        if b" decided" in line:
            break
    process.send_signal(signal.SIGINT)
    process.wait(PATIENCE)
    assert process.returncode == 3
    unfinished = folder.lines("jobs.unfinished.jsonl")
    assert '{"loan_id": "cut' in unfinished
    unfinished.remove('{"loan_id": "cut')
    assert sorted([*folder.decisions(), *loans(unfinished)]) == sorted(loans(lines))


def test_more_signals_change_nothing(folder):
    lines = folder.write("jobs.jsonl", *map(job, range(MANY)))
    process = folder.working("jobs.jsonl")
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGTERM):
        process.send_signal(number)
    exit_code, said = end(process)
    assert exit_code == 3
    assert said.count("stopping") == 1
    unfinished = loans(folder.lines("jobs.unfinished.jsonl"))
    assert sorted([*folder.decisions(), *unfinished]) == sorted(loans(lines))


def test_earlier_unfinished_lines_stay_until_a_run_has_read_them(folder):
    folder.write("jobs.jsonl", job(1))
    folder.write("jobs.unfinished.jsonl", job(1), job(2))
    assert folder.run("jobs.jsonl").returncode == 0
    assert loans(folder.lines("jobs.unfinished.jsonl")) == ["loan-2"]


def test_nobody_at_the_other_end_of_standard_error_is_no_reason_to_stop(folder):
    folder.write("jobs.jsonl", *map(job, range(200)))
    process = folder.start("jobs.jsonl")
    process.stderr.close()
    assert process.wait(PATIENCE) == 0
    process.stderr = None
    assert len(folder.decisions()) == 200
