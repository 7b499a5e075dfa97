"""Writes the rows of this machine: outbox, drafts, looks, wishes, engine status."""
