"""What a newcomer is told, and when it stops."""

from datetime import timedelta

import pytest

from tests.factories import ANA, NOW, a_mail, receive, summary
from tests.ui.console_harness import console_on


@pytest.fixture
def ticket(desk):
    return receive(desk, a_mail(subject="Webhooks arrive twice", at=NOW - timedelta(hours=1)))


async def test_a_newcomer_is_led_from_the_list_to_the_first_decision(desk, ticket):
    async with console_on(desk, size=(120, 30)) as console:
        await console.shows("New here?", "Enter opens a ticket")
        await console.press("enter")
        await console.shows("a takes it, t files it")
        await console.press("a")
        await console.until(lambda: summary(desk, ticket).assignee == ANA)
        await console.shows_no("a takes it, t files it")


async def test_who_has_decided_once_is_told_no_more(desk, ticket):
    async with console_on(desk, size=(120, 30)) as console:
        await console.shows("New here?")
        await console.press("a")
        await console.until(lambda: summary(desk, ticket).assignee == ANA)
        await console.shows("You took")

    async with console_on(desk, size=(120, 30)) as console:
        await console.shows("Webhooks arrive twice")
        await console.until(lambda: console.screen.status.standing == "")
        assert "New here?" not in console.text
