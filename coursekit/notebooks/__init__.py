"""The notebooks as files: run again, set back to the starter, and their progress."""
