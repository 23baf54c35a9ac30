"""An AsyncIO service that decides loan applications."""
