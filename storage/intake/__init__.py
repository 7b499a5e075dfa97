"""Mail into rows, in bounded batches; the door for what strangers send."""
