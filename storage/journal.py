"""The door: commit and absorb. The only writer of facts."""
