"""From the rows a tracer noted to the plain record that a picture is drawn from."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import TYPE_CHECKING, Any

from coursekit.timeline import holders, source, waits
from coursekit.timeline.record import Line, Outcome, Record, Row, Segment, Stuck

if TYPE_CHECKING:
    from coursekit.timeline.tracing import Tracer


def take(tracer: Tracer, *, stuck: bool = False) -> Record:
    """The record of what `tracer` noted so far, from step number `tracer.since` on.

    With `stuck`, the unfinished tasks are said to wait for ever, with who holds them up.
    """
    loop, since = tracer.loop, tracer.since
    rows = [row for row in tracer.rows if row.outcome is None or _lasts_beyond(row, since)]
    clock = sorted({step.order: step.began for row in tracer.rows for step in row.steps}.items())
    times = dict(clock)
    times.update(row.running for row in tracer.rows if row.running)
    began = tracer.began_at
    ended = tracer.now() if tracer.closed_at is None else tracer.closed_at
    total = tracer.steps if tracer.closed_at is None else max(times, default=-1) + 1
    filled: list[float] = []
    for order in range(since, total):
        filled.append(times.get(order, filled[-1] if filled else began))
    if since:
        began = next((at for order, at in clock if order >= since), ended)
    names = _names(rows)
    lines = tuple(
        _line(row, name, since, total, began, ended, stuck)
        for row, name in zip(rows, names, strict=True)
    )
    return Record(
        lines=lines,
        began=began,
        ended=max([ended, *filled[-1:]]),
        steps=tuple(filled),
        virtual=isinstance(loop, asyncio.BaseEventLoop)
        and type(loop).time is not asyncio.BaseEventLoop.time,
        stuck=tuple(_stuck(rows)) if stuck else (),
        cut_short=tracer.cut_short,
    )


def _lasts_beyond(row: Row, since: int) -> bool:
    return bool(row.steps) and row.steps[-1].order >= since


def _names(rows: list[Row]) -> list[str]:
    """A name a row: the task's own, else its function's, with a number from the second on."""
    bare = []
    for row in rows:
        if row.outcome is None:
            row.keep_name()
        bare.append(row.name or row.function.rsplit("<locals>.", 1)[-1])
    seen: Counter[str] = Counter()
    names = []
    for name in bare:
        seen[name] += 1
        names.append(f"{name} #{seen[name]}" if seen[name] > 1 else name)
    return names


def _line(
    row: Row, name: str, since: int, total: int, began: float, ended: float, stuck: bool
) -> Line:
    segments: list[Segment] = []

    def waited(wait: waits.Wait, left: float, until: float, after: int, before: int) -> None:
        if before > since:
            span = max(left, began), max(until, began)
            orders = max(after - since, -1), before - since
            what, where = source.expression(wait), source.place(wait)
            segments.append(Segment(wait.kind, *span, *orders, wait.label, what, where))

    wait = waits.Wait("ready", "is started", None, 0)
    after, left = row.created_order - 1, row.created_at
    for step in row.steps:
        waited(wait, left, step.began, after, step.order)
        if step.order >= since:
            order = step.order - since
            segments.append(Segment("run", step.began, step.ended, order, order + 1))
        after, left = step.order, step.ended
        if step.wait is None:
            break
        wait = step.wait
    else:
        if row.running is not None and row.running[0] < total:
            order, at = row.running
            waited(wait, left, at, after, order)
            segments.append(Segment("run", at, ended, order - since, order - since + 1))
        else:
            waited(wait, left, ended, after, total)
    how = row.outcome or Outcome("stuck" if stuck else "waiting", "")
    cancels = tuple(order - since for order in row.cancels if order >= since)
    created = max(row.created_order - since, 0)
    return Line(name, max(row.created_at, began), created, tuple(segments), cancels, how)


def _stuck(rows: list[Row]) -> list[Stuck]:
    """One entry for each unfinished row: what it waits for and which rows it needs."""
    alive = {index: row for index, row in enumerate(rows) if row.outcome is None and row.steps}
    coroutines = {index: _coroutine(row) for index, row in alive.items()}
    found = []
    for index, row in alive.items():
        wait = row.steps[-1].wait
        if wait is None:
            continue
        needed = {id(task) for task in waits.tasks_behind(row.subject)}
        behind = [
            other
            for other, candidate in alive.items()
            if other != index and candidate.task is not None and id(candidate.task()) in needed
        ]
        if wait.kind == "sync":
            behind += [
                other
                for other, coroutine in coroutines.items()
                if holders.holds(coroutine, row.subject, alive[other].subject)
            ]
        found.append(
            Stuck(
                line=index,
                label=wait.label,
                what=source.expression(wait),
                place=source.place(wait),
                behind=tuple(behind),
                reason=holders.reason(row.subject, wait.label),
            )
        )
    return found


def _coroutine(row: Row) -> Any:
    task = row.task() if row.task is not None else None
    return task.get_coro() if isinstance(task, asyncio.Task) else None
