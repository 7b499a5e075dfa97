"""Why a mail that lies on the server is not on the desk, and what can be done about it."""

from typing import Final

OUR_FAULT: Final = "It could not be taken in, a fault of ours"
"How the reason begins; another version of the program tries again."
REFUSED: Final = "The server does not give its headers"
"How the reason begins; each connection asks again."


def what_to_do(why: str) -> str:
    """Return the next step for a person, by the reason that the engine wrote."""
    if why.startswith(OUR_FAULT):
        return (
            "Please report it, with this line. Nothing is lost: it stays on the server, "
            "and the next version tries again by itself."
        )
    if why.startswith(REFUSED):
        return (
            "Open it with another mail program. If that cannot read it either, it is damaged on "
            "the server: delete it there, or ask whoever runs it. It is asked for again at each "
            "connection."
        )
    return "Open it with another mail program: it stays on the server."
