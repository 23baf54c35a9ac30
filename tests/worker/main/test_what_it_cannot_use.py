import sqlite3
import subprocess
from contextlib import closing

import pytest
from program_runs import COMMAND, job

pytestmark = pytest.mark.real_time


def one_clear_line(done, *words):
    assert done.returncode == 2
    [line] = done.stderr.splitlines()
    assert line.startswith("error: ")
    for word in words:
        assert word in line


def test_a_missing_input_is_told_in_a_line_and_makes_no_database(folder):
    one_clear_line(folder.run("missing.jsonl"), "missing.jsonl", "No such file")
    assert folder.names() == set()


def test_a_folder_is_no_input(folder):
    (folder.path / "jobs").mkdir()
    one_clear_line(folder.run("jobs"), "jobs", "directory")


def test_closed_standard_input_is_no_input(folder):
    done = subprocess.run(
        ["sh", "-c", '"$@" <&-', "sh", *COMMAND],
        cwd=folder.path,
        stderr=subprocess.PIPE,
        text=True,
    )
    one_clear_line(done, "standard input")


@pytest.mark.parametrize("db", [".", "missing/loans.sqlite3", "jobs.jsonl"])
def test_a_database_that_cannot_be_used_is_told_in_a_line_and_touches_no_file(folder, db):
    lines = folder.write("jobs.jsonl", job(1), job(2))
    one_clear_line(folder.run("jobs.jsonl", "--db", db), db)
    assert folder.lines("jobs.jsonl") == lines
    assert folder.names() == {"jobs.jsonl"}


def test_a_database_that_refuses_decisions_leaves_all_lines_unfinished(folder):
    with closing(sqlite3.connect(folder.path / "other.sqlite3")) as connection:
        connection.execute("CREATE TABLE decisions (mine)")
    lines = folder.write("jobs.jsonl", *map(job, range(20)))
    done = folder.run("jobs.jsonl", "--db", "other.sqlite3")
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    errors = [line for line in done.stderr.splitlines() if line.startswith("error: ")]
    assert len(errors) == 1
    assert "decisions" in errors[0]
    assert sorted(folder.lines("jobs.unfinished.jsonl")) == sorted(lines)
    assert folder.lines("jobs.failed.jsonl") == []


def test_a_folder_where_the_unfinished_file_should_be_is_found_before_any_work(folder):
    folder.write("jobs.jsonl", job(1))
    (folder.path / "jobs.unfinished.jsonl").mkdir()
    one_clear_line(folder.run("jobs.jsonl"), "jobs.unfinished.jsonl")
    assert folder.names() == {"jobs.jsonl", "jobs.unfinished.jsonl"}


@pytest.mark.parametrize("options", [["--concurrency", "0"], ["--grace", "nan"]])
def test_a_wrong_option_is_told_without_a_traceback(folder, options):
    done = folder.run("jobs.jsonl", *options)
    assert done.returncode == 2
    assert options[0] in done.stderr
    assert "Traceback" not in done.stderr
