"""The invariant, whatever happens in whatever order: a model of a worker on seeded schedules."""

import asyncio
from collections import Counter
from dataclasses import dataclass

from finance_lending_worker.crew import CANCEL_PATIENCE
from finance_lending_worker.worker import Worker, WorkerStopped
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from worker_runs import fates

from coursekit.harness import VirtualTimeLoop

HOOK_SECONDS = 1


@dataclass(frozen=True)
class Job:
    number: int
    kind: str
    seconds: float


KINDS = st.sampled_from(
    ["good", "good", "bad", "instant", "cancels itself", "cleans up", "swallows", "turns", "deaf"]
)
SECONDS = st.sampled_from([0, 1, 2, 5])


async def work(job: Job) -> Job:
    """Do a job as well as its kind does it."""
    if job.kind == "instant":
        return job
    try:
        await asyncio.sleep(job.seconds)
    except asyncio.CancelledError as error:
        if job.kind == "swallows":
            return job
        if job.kind == "turns":
            raise ConnectionError from error
        if job.kind == "cleans up":
            await asyncio.sleep(job.seconds)
        if job.kind == "deaf":
            await asyncio.sleep(2 * CANCEL_PATIENCE)
            return job
        raise
    if job.kind == "bad":
        raise ValueError(job)
    if job.kind == "cancels itself":
        raise asyncio.CancelledError
    return job


class AnyWorker(RuleBasedStateMachine):
    """Submit, let time pass, cancel, stop: in any order, several in one breath."""

    @initialize(
        seed=st.integers(0, 2**16),
        concurrency=st.integers(1, 3),
        maxsize=st.integers(0, 2),
        max_attempts=st.integers(1, 2),
        grace=st.sampled_from([0, 2, 4]),
        start=st.sampled_from(["ends", "fails", "hangs"] + ["none"] * 3),
        stop=st.sampled_from(["ends", "fails", "none"]),
    )
    def begin(self, seed, concurrency, maxsize, max_attempts, grace, start, stop):
        self.loop = VirtualTimeLoop(seed)
        self.concurrency = concurrency
        self.grace = grace
        self.in_flight = 0
        self.jobs = 0
        self.submissions: list[tuple[Job, asyncio.Task[None]]] = []
        self.stops: list[asyncio.Task[None]] = []
        self.run: asyncio.Task[None] | None = None
        self.stop_hook_calls = 0
        self.worker = Worker(
            self.handle,
            concurrency,
            maxsize,
            max_attempts,
            grace,
            on_start=None if start == "none" else lambda: self.hook(start),
            on_stop=None if stop == "none" else lambda: self.stop_hook(stop),
        )

    async def handle(self, job):
        assert not self.stop_hook_calls
        self.in_flight += 1
        try:
            return await work(job)
        finally:
            self.in_flight -= 1

    async def hook(self, kind):
        await (asyncio.Event().wait() if kind == "hangs" else asyncio.sleep(HOOK_SECONDS))
        if kind == "fails":
            raise OSError

    async def stop_hook(self, kind):
        self.stop_hook_calls += 1
        assert not self.worker.is_running()
        assert not self.worker.is_stopped()
        await self.hook(kind)

    def do(self, steps, seconds=0.0):
        async def pass_time():
            for _ in range(steps):
                await asyncio.sleep(0)
            if seconds:
                await asyncio.sleep(seconds)

        self.loop.run_until_complete(pass_time())

    @rule(kind=KINDS, seconds=SECONDS)
    def submit(self, kind, seconds):
        self.jobs += 1
        job = Job(self.jobs, kind, seconds)
        self.submissions.append((job, self.loop.create_task(self.worker.submit(job))))

    @precondition(lambda self: self.run is None)
    @rule()
    def start(self):
        self.run = self.loop.create_task(self.worker.run())

    @rule(steps=st.integers(0, 6), seconds=st.sampled_from([0, 0.5, 1, 3]))
    def pass_time(self, steps, seconds):
        self.do(steps, seconds)

    @rule(steps=st.integers(0, 2))
    def stop(self, steps):
        self.stops.append(self.loop.create_task(self.worker.stop()))
        self.do(steps)

    @precondition(lambda self: self.stops)
    @rule()
    def cancel_a_stop(self):
        self.stops[-1].cancel()

    @precondition(lambda self: self.submissions)
    @rule(data=st.data())
    def cancel_a_submission(self, data):
        _, submission = data.draw(st.sampled_from(self.submissions))
        submission.cancel()

    @precondition(lambda self: self.run is not None)
    @rule()
    def cancel_the_run(self):
        self.run.cancel()

    @invariant()
    def no_job_has_two_fates_or_was_not_accepted(self):
        known = {job for job, task in self.submissions if task.done() and accepted(task)}
        counted = Counter(fates(self.worker))
        assert set(counted.values()) <= {1}
        assert set(counted) <= known
        assert self.in_flight <= self.concurrency

    def teardown(self):
        try:
            self.loop.run_until_complete(self.end())
            self.do(0, 1000)  # whoever was left behind comes to an end, and changes nothing
            self.every_accepted_job_has_one_fate()
            assert not asyncio.all_tasks(self.loop)
        finally:
            self.loop.close()

    async def end(self):
        asked = self.loop.time()
        await self.worker.stop()
        assert self.worker.is_stopped()
        assert self.loop.time() <= asked + self.grace + CANCEL_PATIENCE + HOOK_SECONDS
        await self.worker.join()
        tasks = [*self.stops, *(task for _, task in self.submissions)]
        if self.run is not None:
            tasks.append(self.run)
        outcomes = await asyncio.gather(*tasks, return_exceptions=True)
        for outcome in outcomes:
            assert outcome is None or isinstance(
                outcome, WorkerStopped | asyncio.CancelledError | OSError
            )
        self.every_accepted_job_has_one_fate()

    def every_accepted_job_has_one_fate(self):
        assert sorted(job.number for job in fates(self.worker)) == [
            job.number for job, task in self.submissions if accepted(task)
        ]


def accepted(submission):
    return not submission.cancelled() and submission.exception() is None


TestAnyWorker = AnyWorker.TestCase
TestAnyWorker.settings = settings(
    max_examples=60,
    stateful_step_count=30,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)
