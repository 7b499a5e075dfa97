"""Sheets over the panes: asked, answered, gone."""
