"""Keys that mean the same in every pane: of the screen, and of whatever has rows or lines."""

from typing import Final

from console.keymap.key import Context, keys_of

EVERYWHERE: Final = Context(
    "global",
    "Everywhere",
    keys_of(
        "global",
        ("pane_inbox", "2, g i", "", "Go to the inbox"),
        ("pane_bugs", "3, g b", "", "Go to the bugs"),
        ("pane_kb", "4, g k", "", "Go to the knowledge base"),
        ("pane_outbox", "5, g o", "", "Go to the outbox"),
        ("view_mine", "g m", "", "Show my tickets"),
        ("view_unassigned", "g u", "", "Show tickets nobody has taken"),
        ("view_waiting", "g w", "", "Show tickets that wait on the customer"),
        ("next_view", "tab", "", "Show the next view of the inbox"),
        ("previous_view", "shift+tab", "", "Show the view before"),
        ("search", "slash", "Search", "Search, as you type"),
        ("undo", "u, z", "Undo", "Undo what I did last, a queued reply included"),
        ("unsend", "Z", "", "Take back the newest reply that has not left, whatever came after"),
        ("redo", "U", "", "Do again what I undid"),
        ("back", "escape", "", "Back; the first time takes the marks away"),
        ("back_or_quit", "q", "", "Back; in the inbox: quit"),
        ("toggle_detail", "d", "", "Show or hide what stands beside the list"),
        ("zoom", "equals_sign", "", "One side alone, or both"),
        ("previous_item", "left_square_bracket", "", "The ticket before"),
        ("next_item", "right_square_bracket", "", "The ticket after"),
        ("copy_ref", "y", "", "Copy the ticket's name, such as #7KQ2"),
        ("sync_now", "dollar_sign, f5", "", "Ask the server now"),
        ("offline", "g f", "", "Offline: fetch all that is on the server only; again: stop"),
        ("palette", "colon, ctrl+p", "", "All commands, found by typing"),
        ("help_keys", "question_mark, f1", "Keys", "Every key of this place; type to filter"),
    ),
)
MOVE: Final = Context(
    "move",
    "Moving about",
    keys_of(
        "move",
        ("up", "k, up", "", "Up"),
        ("down", "j, down", "", "Down"),
        ("left", "h, left", "", "To the list"),
        ("right", "l, right", "", "To what the list shows"),
        ("page_down", "pagedown", "", "A page down"),
        ("page_up", "pageup", "", "A page up"),
        ("half_page_down", "ctrl+d", "", "Half a page down"),
        ("half_page_up", "ctrl+u", "", "Half a page up"),
        ("top", "g g, home", "", "To the first"),
        ("bottom", "G, end", "", "To the last"),
        ("open", "enter", "", "Open"),
    ),
)
MARK: Final = Context(
    "mark",
    "Marking",
    keys_of(
        "mark",
        ("mark_and_next", "space", "", "Mark and go down"),
        ("mark_range", "V", "", "Begin or end marking a range"),
        ("mark_all_matching", "asterisk", "", "Mark everything in this list"),
    ),
)
