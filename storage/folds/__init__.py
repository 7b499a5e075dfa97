"""Facts and mails to the row; pure."""
