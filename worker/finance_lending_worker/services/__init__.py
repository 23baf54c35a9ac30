"""The world outside the worker: HTTP, the store, e-mail, and how to live with failures."""
