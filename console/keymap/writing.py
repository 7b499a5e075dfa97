"""Keys of places where text is written, and of what stands between a text and its leaving."""

from typing import Final

from console.keymap.key import Context, keys_of

PROMPT: Final = Context(
    "prompt",
    "A line of text",
    keys_of(
        "prompt",
        ("accept", "enter", "Accept", "Accept"),
        ("cancel", "escape", "Cancel", "Leave it as it was"),
        ("down", "down", "", "Down"),
        ("up", "up", "", "Up"),
    ),
    is_text_entry=True,
)
EDITOR: Final = Context(
    "editor",
    "Writing",
    keys_of(
        "editor",
        ("leave_to_review_bar", "escape", "Done", "Done writing; nothing is sent yet"),
        ("preview", "f3", "Preview", "See what the customer will see"),
        ("external_editor", "f4", "$EDITOR", "Write it in my own editor"),
        ("insert_picker", "ctrl+g", "Insert", "Insert a quote of what is answered, or an article"),
        ("help_keys", "f1", "Help", "Every key of this place"),
    ),
    is_text_entry=True,
)
REVIEW: Final = Context(
    "review",
    "Before it leaves",
    keys_of(
        "review",
        ("send_line", "y", "Send...", "Show who gets it; Enter there sends"),
        ("back_to_text", "i, e, escape", "Edit", "Back to the text"),
        ("external_editor", "E", "$EDITOR", "Write it in my own editor"),
        ("attach", "a", "Attach", "Attach a file, or take one away"),
        ("recipients", "r", "To/Cc", "Change who gets it"),
        ("switch_note_reply", "t", "Note/reply", "Make the reply a note, or the note a reply"),
        ("preview", "v", "Preview", "See what the customer will see"),
        ("park_draft", "p", "Park", "Keep it as a draft"),
        ("discard", "D", "Discard", "Throw it away; asks"),
        ("ex", "colon", "", ":w and :wq keep the draft, :q asks"),
        ("help_keys", "question_mark", "Keys", "Every key of this place"),
    ),
)
SEND_LINE: Final = Context(
    "send_line",
    "Send",
    keys_of(
        "send_line",
        ("send", "enter", "Send", "Send it; u takes it back while it counts down"),
        ("then_close", "c", "+ close", "Close the ticket once it was accepted"),
        ("then_pending", "p", "+ waiting", "Wait on the customer once it was accepted"),
        ("back", "escape", "Back", "Back"),
        ("help_keys", "question_mark", "Keys", "Every key of this place"),
    ),
)
ARTICLE_REVIEW: Final = Context(
    "article_review",
    "Before it is saved",
    keys_of(
        "article_review",
        ("save_and_return", "y", "Save", "Save it, link it and go back"),
        ("publish", "P", "Publish", "Publish it; asks, naming who can read it"),
        ("back_to_text", "e, escape", "Edit", "Back to the text"),
        ("preview", "v", "Preview", "See it as it will look"),
        ("discard", "D", "Discard", "Throw it away; asks"),
        ("help_keys", "question_mark", "Keys", "Every key of this place"),
    ),
)
BUG_REVIEW: Final = Context(
    "bug_review",
    "Before the bug is saved",
    keys_of(
        "bug_review",
        ("save_and_return", "y", "Save", "Save it and go back"),
        ("severity", "p", "Severity", "Set its severity"),
        ("area", "t", "Area", "Set its product area"),
        ("reproduced", "x", "Reproduced", "I have seen it myself, or not"),
        ("back_to_text", "e, i, escape", "Edit", "Back to the text"),
        ("discard", "D", "Discard", "Throw it away; asks"),
        ("help_keys", "question_mark", "Keys", "Every key of this place"),
    ),
)
FEATURE_REVIEW: Final = Context(
    "feature_review",
    "Before the request is saved",
    keys_of(
        "feature_review",
        ("save_and_return", "y", "Save", "Save it and go back"),
        ("back_to_text", "e, i, escape", "Edit", "Back to the text"),
        ("discard", "D", "Discard", "Throw it away; asks"),
        ("help_keys", "question_mark", "Keys", "Every key of this place"),
    ),
)
PREVIEW: Final = Context(
    "preview",
    "Preview",
    keys_of(
        "preview",
        ("back", "escape, q, v, f3, enter", "Back", "Back to where I was"),
        ("down", "j, down", "", "Down"),
        ("up", "k, up", "", "Up"),
    ),
)
