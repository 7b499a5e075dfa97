"""The panes of the one screen; each finds widgets, calls queries, performs changes."""
