"""Ids, words and frozen values that every layer speaks in."""
