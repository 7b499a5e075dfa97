"""The engine: IMAP in, SMTP out, in a process of its own."""
