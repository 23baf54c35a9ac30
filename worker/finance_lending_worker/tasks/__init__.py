"""What the worker does with a job, and how it runs many of them at once."""
