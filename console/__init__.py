"""The terminal application: wiring, panes, keys, words."""
