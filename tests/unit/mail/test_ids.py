"""Signed Message-IDs."""

import pytest

from storage.mail.ids import LONGEST, new_message_id, proven_ticket
from storage.records.ids import random_uid

KEY = b"k" * 32
UID = "7KQ2FD0000000000"


def new(**changes):
    return new_message_id(UID, **{"key": KEY, "domain": "acme.example", **changes})


def test_an_id_of_ours_proves_its_ticket():
    assert proven_ticket(new(), key=KEY) == UID


def test_angle_brackets_and_spaces_around_an_id_do_not_matter():
    assert proven_ticket(f" <{new()}>\r\n", key=KEY) == UID


def test_a_relay_that_lowers_the_case_does_not_break_the_proof():
    assert proven_ticket(new().lower(), key=KEY) == UID


def test_another_domain_proves_as_well_since_the_team_may_have_moved():
    local = new().partition("@")[0]

    assert proven_ticket(f"{local}@elsewhere.example", key=KEY) == UID


@pytest.mark.parametrize("at", [0, 17, 26, 38])
def test_one_changed_character_proves_nothing(at):
    good = new()
    forged = good[:at] + ("0" if good[at] != "0" else "1") + good[at + 1 :]

    assert proven_ticket(forged, key=KEY) is None


def test_another_teams_key_proves_nothing():
    assert proven_ticket(new(), key=b"x" * 32) is None


@pytest.mark.parametrize(
    "text", ["", "<>", "@", "a@b", "x" * 5000, f"{UID}.0000000.000000@a", "ünï@c\x00d"]
)
def test_a_strangers_id_proves_nothing(text):
    assert proven_ticket(text, key=KEY) is None


def test_two_ids_of_one_ticket_differ():
    assert new() != new()


def test_the_same_random_bytes_give_the_same_id():
    assert new(random=bytes) == new(random=bytes)


@pytest.mark.parametrize(
    "domain", ["a.io", "acme.example", "support.eu-west.mail.customers.acme-corp.example"]
)
def test_an_id_stays_under_64_characters_with_its_brackets(domain):
    made = new_message_id(random_uid(), key=KEY, domain=domain)

    assert len(f"<{made}>") <= LONGEST
    assert domain.endswith(made.partition("@")[2])
    assert "." in made.partition("@")[2]


def test_the_mac_holds_at_least_64_bits():
    assert len(new().partition("@")[0].split(".")[2]) * 5 >= 64
