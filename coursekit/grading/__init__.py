"""Grades tests by the bugs they catch, away from the process that asks.

`mutant` reads the planted bugs and `planting` puts one into a module; `server` waits, configured,
and forks a `child` a job; `engine` talks to it from a notebook's kernel or a terminal; `grade`
turns what it says into a verdict; `text` and `html` say it; `magic` and `plugin` are the two
doors, `%%ipytest` and `pytest --exercise`.
"""
