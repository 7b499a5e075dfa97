"""Keys of bugs, the knowledge base and the outbox."""

from typing import Final

from console.keymap.key import Context, keys_of

BUGS: Final = Context(
    "bugs",
    "Bugs",
    keys_of(
        "bugs",
        ("new_bug", "m", "New", "Report a bug"),
        ("edit", "e", "Edit", "Edit the report"),
        ("assign_me", "a", "Take", "I agreed to fix it"),
        ("severity", "p", "Severity", "Set its severity"),
        ("status", "S", "State", "Set its state"),
        ("fixed", "F", "Fixed", "It is fixed"),
        ("released", "R", "Released", "Its fix is with the customers"),
        ("link_tickets", "b", "Tickets", "Show the tickets behind it"),
        ("assign_to", "A", "", "A colleague agreed to fix it"),
        ("area", "t", "", "Set its product area"),
        ("reopen", "E", "", "Open it again"),
        ("toggle_requests", "3", "", "Bugs or feature requests"),
        ("move_left", "less_than_sign", "", "One column to the left"),
        ("move_right", "greater_than_sign", "", "One column to the right"),
    ),
    inherits=("move", "global"),
)
KB: Final = Context(
    "kb",
    "Knowledge base",
    keys_of(
        "kb",
        ("search", "slash", "Search", "Search, as you type"),
        ("new_article", "m", "New", "Write an article"),
        ("edit", "e", "Edit", "Edit the article"),
        ("attach_to_current_ticket", "K", "Attach", "Link it to the ticket I came from"),
        ("article_state", "S", "State", "Set its state"),
        ("publish", "P", "Publish", "Publish it; asks, naming who can read it"),
        ("flag_article", "F", "Flag", "Something in it is wrong"),
        ("versions", "H", "Versions", "What it said before"),
        ("tickets_using_it", "b", "Used by", "The tickets that link it"),
        ("area", "t", "", "Set its product area"),
        ("previous_item", "left_square_bracket", "", "The article before"),
        ("next_item", "right_square_bracket", "", "The article after"),
        ("archive", "number_sign", "", "Put it away; tickets keep their links"),
        ("open_link_or_attachment", "o", "", "Open a link of it"),
    ),
    inherits=("mark", "move", "global"),
)
OUTBOX: Final = Context(
    "outbox",
    "Outbox",
    keys_of(
        "outbox",
        ("open_with_what_came_since", "enter", "Open", "Open its ticket, with what came since"),
        ("send_line", "y", "Send...", "Look at it once more and send it"),
        ("edit", "e", "Edit", "Take it back and edit it"),
        ("retry", "r", "Retry", "Try a failed one again"),
        ("park", "p", "Park", "Take it back as a draft"),
        ("discard", "D", "Discard", "Throw it away; asks"),
    ),
    inherits=("move", "global"),
)
