"""What every test and every %%ipytest cell shares. To use it in your own repository, copy this file."""

# Virtual time, deadlock reports, settle(), --schedule N, and a test that leaves something behind fails.
pytest_plugins = ["coursekit.harness"]
