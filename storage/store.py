"""The desk opened: Desk (sync) for engine and command line, Store (async) for the console."""
