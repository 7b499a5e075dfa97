"""The practice desk: a mailbox, its mails, and customers who answer."""
