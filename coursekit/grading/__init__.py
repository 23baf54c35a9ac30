"""Grades tests by the bugs they catch, away from the process that asks.

`mutant` reads the planted bugs and `planting` puts one into a module. `session` is a process that
waits, configured; its `server` forks a `child` a job, which makes the `runs`; `engine` talks to it
from a notebook's kernel or a terminal. `grade` turns what it says into a verdict: by the `plan` of
controls and bugs, by `repeating` what failed and once more `elsewhere`, by `catching` what fails on
a bug. `text` and `html` say it; `magic` and `plugin` are the two doors, `%%ipytest` and
`pytest --exercise`.
"""
