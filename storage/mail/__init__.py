"""Bytes to values and back, and the wire."""
