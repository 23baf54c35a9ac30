import json

import pytest
from program_runs import job

pytestmark = pytest.mark.real_time


def test_each_line_becomes_a_decision_and_nothing_is_left_over(folder):
    folder.write(
        "jobs.jsonl",
        job(1),
        job(2, user_id="user-456"),
        job(3, amount=72_000),
        job(4, amount=72_001),
    )
    done = folder.run("jobs.jsonl", "--db", "loans.sqlite3")
    assert done.returncode == 0
    assert folder.decisions() == {"loan-1": True, "loan-2": False, "loan-3": True, "loan-4": False}
    assert folder.names() == {"jobs.jsonl", "loans.sqlite3"}
    assert "4 decided, 0 failed, 0 unfinished" in done.stderr


def test_jobs_may_come_through_a_pipe(folder):
    done = folder.run("--db", "loans.sqlite3", stdin=f"{job(1)}\n{job(2)}".encode())
    assert done.returncode == 0
    assert set(folder.decisions()) == {"loan-1", "loan-2"}


def test_standard_input_may_be_a_file_or_empty(folder):
    folder.write("mine.txt", job(1))
    with open(folder.path / "mine.txt") as file:
        assert folder.run("-", stdin=file.fileno()).returncode == 0
    assert folder.run("-").returncode == 0
    assert set(folder.decisions()) == {"loan-1"}


def test_a_loan_that_is_decided_already_keeps_its_first_decision(folder):
    folder.write("jobs.jsonl", job(1), job(2))
    folder.run("jobs.jsonl")
    folder.write("more.jsonl", job(1, amount=999_999), job(3))
    assert folder.run("more.jsonl").returncode == 0
    assert folder.decisions() == {"loan-1": True, "loan-2": True, "loan-3": True}


def test_bad_lines_fail_with_their_number_and_reason_and_the_others_are_decided(folder):
    lines = folder.write(
        "jobs.jsonl",
        job(1),
        "",
        "not json",
        job(4, amount=None),
        "[1, 2]",
        job(6, user_id="user-999"),
        job(7, amount="much"),
        "[" * 100_000,
        job(9),
    )
    done = folder.run("jobs.jsonl")
    assert done.returncode == 1
    assert set(folder.decisions()) == {"loan-1", "loan-9"}
    failures = folder.failures()
    assert set(failures) == {3, 4, 5, 6, 7, 8}
    for number, word in {3: "JSON", 4: "amount", 5: "object", 6: "user-999", 7: "much"}.items():
        assert word in failures[number]
        assert sum(line.startswith(f"line {number}: ") for line in done.stderr.splitlines()) == 1
    assert "Traceback" not in done.stderr
    jobs = [json.loads(line)["job"] for line in folder.lines("jobs.failed.jsonl")]
    assert sorted(jobs) == sorted(line for line in lines[2:8])


def test_bytes_that_are_no_text_fail_and_windows_line_ends_do_not(folder):
    data = b"\xef\xbb\xbf" + job(1).encode() + b"\r\n" + b'"\xff\xfe"\n' + job(3).encode()
    (folder.path / "jobs.jsonl").write_bytes(data)
    assert folder.run("jobs.jsonl").returncode == 1
    assert set(folder.decisions()) == {"loan-1", "loan-3"}
    assert "UTF-8" in folder.failures()[2]


def test_a_second_run_does_not_double_the_failures_and_forgets_those_mended(folder):
    folder.write("jobs.jsonl", "bad", "worse")
    folder.run("jobs.jsonl")
    folder.run("jobs.jsonl")
    assert len(folder.lines("jobs.failed.jsonl")) == 2
    folder.write("jobs.jsonl", job(1), "worse", "new")
    folder.run("jobs.jsonl")
    # The line "bad" is not in the input any more, so nobody knows its fate: it stays.
    jobs = [json.loads(line)["job"] for line in folder.lines("jobs.failed.jsonl")]
    assert sorted(jobs) == ["bad", "new", "worse"]
