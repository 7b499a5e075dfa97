"""What is drawn. Takes records and now, sends messages up, fetches nothing."""
