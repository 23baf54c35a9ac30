from unittest.mock import AsyncMock

import pytest
from finance_lending_worker.services.user_service import UserNotFoundError
from finance_lending_worker.tasks.loan_processor import MAX_AMOUNT, process_loan_application

JOB = {"loan_id": "loan-1", "user_id": "user-123", "amount": 5_000}


async def test_a_decision_says_what_it_is_and_what_it_rests_on():
    decision = await process_loan_application(JOB)
    assert decision == decision | {
        "status": "completed",
        "loan_id": "loan-1",
        "approved": True,
        "user_id": "user-123",
        "amount": 5_000,
        "credit_score": 720,
    }


@pytest.mark.parametrize(
    ("score", "amount", "approved"),
    [
        (600, 60_000, True),
        (600, 60_001, False),
        (599, 1, False),
        (850, 85_000, True),
        (850, 85_000.01, False),
        (720, 0.01, True),
    ],
)
async def test_score_and_amount_decide_and_either_answer_is_completed(score, amount, approved):
    decision = await process_loan_application(
        {**JOB, "amount": amount}, fetch_credit_score=AsyncMock(return_value=score)
    )
    assert decision["approved"] is approved
    assert decision["status"] == "completed"


async def test_the_bureau_is_asked_once_about_the_user():
    fetch = AsyncMock(return_value=700)
    await process_loan_application(JOB, fetch)
    fetch.assert_awaited_once_with("user-123")


@pytest.mark.parametrize("field", ["loan_id", "user_id", "amount"])
@pytest.mark.parametrize("value", ["missing", None, ""], ids=repr)
async def test_a_field_that_is_not_there_is_named_before_anybody_is_asked(field, value):
    job = {**JOB, field: value}
    if value == "missing":
        del job[field]
    fetch = AsyncMock(return_value=700)
    with pytest.raises(ValueError, match=f"no {field}"):
        await process_loan_application(job, fetch)
    assert fetch.await_count == 0


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("amount", "5000"),
        ("amount", True),
        ("amount", [5000]),
        ("amount", 0),
        ("amount", -1),
        ("amount", float("nan")),
        ("amount", float("inf")),
        ("amount", MAX_AMOUNT + 1),
        ("loan_id", ["loan-1"]),
        ("user_id", {"id": 1}),
        ("user_id", "user\n123"),
    ],
)
async def test_an_impossible_field_is_named(field, value):
    with pytest.raises(ValueError, match=field):
        await process_loan_application({**JOB, field: value})


@pytest.mark.parametrize("job", [None, [], "loan-1", 7], ids=repr)
async def test_what_is_no_object_is_no_job(job):
    with pytest.raises(ValueError, match="loan_id"):
        await process_loan_application(job)


async def test_the_largest_amount_is_decided():
    decision = await process_loan_application({**JOB, "amount": MAX_AMOUNT})
    assert decision["approved"] is False


async def test_a_user_the_bureau_does_not_know_is_an_error():
    with pytest.raises(UserNotFoundError, match="user-999"):
        await process_loan_application({**JOB, "user_id": "user-999"})
