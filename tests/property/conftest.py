"""Hypothesis judges truth here, not speed: a busy machine fails no test."""

from hypothesis import settings

settings.register_profile("desk", deadline=None)
settings.load_profile("desk")
