"""Numbered schema steps, each one transaction."""
