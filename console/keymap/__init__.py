"""The default keys, a module for each part of the console."""
