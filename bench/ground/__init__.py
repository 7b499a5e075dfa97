"""What the benches stand on: a terminal to type into, a big desk, mail for a peer, numbers."""
