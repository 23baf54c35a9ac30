"""The course's tool kit: a test harness, a grader and pictures of what tasks do."""
