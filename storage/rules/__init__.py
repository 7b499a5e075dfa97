"""Policy as pure functions that are told the time."""
