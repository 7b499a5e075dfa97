"""What a connection raises before it becomes one of the desk's errors."""

import imaplib


class RefusedError(imaplib.IMAP4.error):
    """The server said NO or BAD; the connection is fine."""

    def __init__(self, words: bytes) -> None:
        super().__init__("refused")
        self.words = words


class GoodbyeError(imaplib.IMAP4.abort):
    """The server said BYE."""

    def __init__(self, words: bytes) -> None:
        super().__init__("goodbye")
        self.words = words


class BrokenWireError(imaplib.IMAP4.abort):
    """The server does what none may do; the sentence's end says what, in words of ours."""
