"""An AsyncIO service that decides loan applications.

A map, from the outside in:

- ``__main__``   the program: jobs from a file, decisions into SQLite, a clean end on SIGTERM
- ``worker``     start, serve, drain, stop; no accepted job is ever lost
- ``queue``      consumers, producers, batches
- ``sync``       accounts, limits, the inbox: state that tasks share
- ``tasks``      what a job does: decide, pay out, onboard, go through many rows
- ``services``   what lies outside: HTTP APIs, the store, e-mail; with retries, timeouts and a cache

Everything outside is passed in. Each such thing has an embedded default, so every function
also works with no set-up and no network. Times are in seconds.
"""
