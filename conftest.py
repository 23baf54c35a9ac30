"""What every test and every %%ipytest cell shares. Copy it to test a service of your own."""

# Virtual time for async tests, a report for a deadlock, the option --schedule N, and a test
# that leaves a task, an error or a coroutine behind fails. From it: `settle`, `real_time`.
pytest_plugins = ["coursekit.harness"]
