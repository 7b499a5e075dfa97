"""Keys of the sheets that lie over a pane and ask one thing."""

from typing import Final

from console.keymap.key import Context, Key, keys_of

_HELP: Final = ("help_keys", "question_mark", "Keys", "Every key of this place")


def _categories(context: str) -> tuple[Key, ...]:
    return tuple(
        Key(f"{context}.category({number})", (str(number),), "", f"The category beside {number}")
        for number in range(1, 7)
    )


CLOSE_SHEET: Final = Context(
    "close_sheet",
    "Close the ticket",
    (
        *keys_of(
            "close_sheet",
            ("close_if_ready", "enter", "Close", "Close it, once nothing is missing"),
            ("pick_kb", "K", "KB link", "Look up an article or link a page"),
            ("pick_area", "a", "Area", "Choose the product area"),
            ("write_article", "m", "New article", "Write an article from the ticket"),
            ("link_bug", "b", "Bug", "Link a bug, or report a new one"),
            ("back", "escape", "Back", "Leave the ticket as it is"),
            ("suggestion(1)", "7", "", "Link the article beside 7, or take it back"),
            ("suggestion(2)", "8", "", "Link the article beside 8, or take it back"),
            ("suggestion(3)", "9", "", "Link the article beside 9, or take it back"),
            _HELP,
        ),
        *_categories("close_sheet"),
    ),
)
CATEGORY_SHEET: Final = Context(
    "category_sheet",
    "Category and product area",
    (
        *keys_of(
            "category_sheet",
            ("accept_and_next", "enter", "Accept", "Set both and go to the next ticket"),
            ("previous_item", "left_square_bracket", "Before", "The ticket before"),
            ("next_item", "right_square_bracket", "Next", "The ticket after"),
            ("back", "escape", "Back", "Leave it as it is"),
            _HELP,
        ),
        *_categories("category_sheet"),
    ),
)
KB_SHEET: Final = Context(
    "kb_sheet",
    "Link an article",
    keys_of(
        "kb_sheet",
        ("attach", "enter", "Link", "Link it to the ticket"),
        ("search", "slash", "Search", "Search the knowledge base"),
        ("write_article", "m", "Write", "Write an article from the ticket"),
        ("read", "o", "Read", "Read it"),
        ("flag_article", "F", "Flag", "Link it, and say that something in it is wrong"),
        ("down", "j, down", "", "Down"),
        ("up", "k, up", "", "Up"),
        ("suggestion(1)", "1", "", "Link the first"),
        ("suggestion(2)", "2", "", "Link the second"),
        ("suggestion(3)", "3", "", "Link the third"),
        ("back", "escape", "Back", "Leave it as it is"),
        _HELP,
    ),
)
VERSIONS_SHEET: Final = Context(
    "versions_sheet",
    "Versions of an article",
    keys_of(
        "versions_sheet",
        ("restore", "r", "Restore", "Save this version as the newest; u takes it back"),
        ("down", "j, down", "", "The version before"),
        ("up", "k, up", "", "The version after"),
        ("page_down", "pagedown, space", "", "A page down in its text"),
        ("page_up", "pageup", "", "A page up in its text"),
        ("back", "escape, q", "Back", "Leave it as it is"),
        _HELP,
    ),
)
CONFIRM: Final = Context(
    "confirm",
    "A question",
    keys_of(
        "confirm",
        ("confirm", "y", "Yes", "Yes"),
        ("back", "n, escape, q", "No", "No, leave it as it was"),
    ),
)
READING: Final = Context(
    "reading",
    "Reading",
    keys_of(
        "reading",
        ("down", "j, down", "", "Down"),
        ("up", "k, up", "", "Up"),
        ("page_down", "space, pagedown, ctrl+d", "Page", "A page down"),
        ("page_up", "pageup, ctrl+u", "", "A page up"),
        ("top", "g, home", "", "To the beginning"),
        ("bottom", "G, end", "", "To the end"),
        ("back", "escape, q", "Back", "Back"),
        _HELP,
    ),
)
QUIT: Final = Context(
    "quit",
    "Quitting while a reply counts down",
    keys_of(
        "quit",
        ("stay", "s, escape, q", "Stay", "Stay here"),
        ("leave", "n", "Quit", "Quit now; the engine sends it when it is due"),
        ("keep", "k", "Keep it", "Keep it as a draft and quit; it is not sent"),
    ),
)
