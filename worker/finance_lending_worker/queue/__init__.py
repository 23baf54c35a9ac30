"""Jobs in queues: produce them, consume them, lose none."""
