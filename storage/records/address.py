"""Who wrote, or is written to."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Address:
    """A name and an address, as a header gave them."""

    name: str
    email: str
    "Lower case, domain in ASCII (IDNA); empty where the header names no clear sender."
