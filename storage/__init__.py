"""The desk. Works without a terminal."""
