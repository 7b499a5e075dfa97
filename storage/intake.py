"""Mail into rows, in bounded batches."""
