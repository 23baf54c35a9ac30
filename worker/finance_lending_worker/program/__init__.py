"""The program: jobs from lines, decisions into SQLite, a clean end on SIGTERM and SIGINT."""
