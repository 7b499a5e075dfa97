"""What a pane reads; one file a pane."""
