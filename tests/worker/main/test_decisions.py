import asyncio

import pytest
from finance_lending_worker.program.decisions import DecisionWriter
from finance_lending_worker.program.progress import progress

from coursekit.harness import settle


async def test_whoever_waits_for_a_decision_hears_of_it_when_the_writing_is_cancelled():
    async def never(decisions):
        await asyncio.Event().wait()

    writer = DecisionWriter(never)
    saving = [asyncio.create_task(writer.save({"loan_id": number})) for number in range(2)]
    await settle()
    saving.append(asyncio.create_task(writer.save({"loan_id": 2})))
    await settle()
    writer._writing.cancel()
    await asyncio.wait(saving)
    assert [task.cancelled() for task in saving] == [True, True, True]


async def test_after_a_cancelled_writing_the_next_decision_is_written():
    written = []

    async def slowly(decisions):
        await asyncio.sleep(1)
        written.extend(decisions)

    writer = DecisionWriter(slowly)
    lost = asyncio.create_task(writer.save({"loan_id": 1}))
    await settle()
    writer._writing.cancel()
    await asyncio.wait([lost])
    await writer.save({"loan_id": 2})
    assert written == [{"loan_id": 2}]


async def test_a_cancellation_at_the_end_of_the_progress_is_not_lost(capsys):
    async def work():
        async with progress(lambda: "some of it"):
            await asyncio.sleep(1)
            # It arrives when the block is left and waits for its own helper.
            asyncio.get_running_loop().call_soon(asyncio.current_task().cancel)
        await asyncio.sleep(60)

    task = asyncio.create_task(work())
    with pytest.raises(asyncio.CancelledError):
        await task
    assert asyncio.get_running_loop().time() == 1
    assert "some of it" in capsys.readouterr().err
