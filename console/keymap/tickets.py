"""Keys of the inbox and of a ticket."""

from typing import Final

from console.keymap.key import Context, keys_of

INBOX: Final = Context(
    "inbox",
    "Inbox",
    keys_of(
        "inbox",
        ("reply_all", "r", "Reply", "Answer everyone on it"),
        ("close_ticket", "e", "Close", "Close it; asks for what is missing"),
        ("assign_me", "a", "Take", "Take it"),
        ("categorise", "t", "Category", "Set category and product area"),
        ("kb_lookup_attach", "K", "KB link", "Look up an article and link it"),
        ("bug_link_or_new", "b", "Bug", "Link a bug, or report a new one"),
        ("internal_note", "c", "Note", "Write an internal note"),
        ("feature_link_or_new", "i", "Request", "Link a feature request, or log a new one"),
        ("reply_sender", "R", "", "Answer its sender alone"),
        ("assign_to", "A", "", "Give it to a colleague"),
        ("priority", "p", "", "Set its priority"),
        ("status", "S", "", "Set its status"),
        ("tags", "T", "", "Set its tags"),
        ("bug_goto", "B", "", "Go to its bug"),
        ("reopen", "E", "", "Open it again"),
        ("dismiss", "exclamation_mark", "", "It is no ticket: spam, a robot, misdirected"),
        ("open_link_or_attachment", "o", "", "Open a link or an attachment of it"),
    ),
    inherits=("mark", "move", "global"),
)
TICKET: Final = Context(
    "ticket",
    "Ticket",
    keys_of(
        "ticket",
        ("fold", "enter", "", "Show or fold what it quotes"),
        ("previous_message", "left_curly_bracket", "", "The message before"),
        ("next_message", "right_curly_bracket", "", "The message after"),
        ("toggle_quoted", "Q", "", "Show or fold quoted text everywhere"),
        ("raw_source", "backslash", "", "Show the mail as it came"),
        ("save_attachments", "O", "", "Save its attachments"),
    ),
    inherits=("inbox", "move", "global"),
)
