"""Writes the read model: runs the folds over what was touched."""
