"""What several tasks share: balances, limits, connections, an inbox."""
