"""What a busy server says."""

import pytest

from storage.mail.throttling import is_not_now, stated_wait


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("Request is throttled. Suggested Backoff Time: 1500 milliseconds", 1.5),
        ("BYE Session invalidated, Suggested Backoff Time: 298961 milliseconds", 298.961),
        ("[THROTTLED] please retry after 30 seconds", 30.0),
        ("[LIMIT] Too many commands, try again in 2 minutes.", 120.0),
        ("[UNAVAILABLE] wait 1 hour", 900.0),
        ("Suggested Backoff Time: 999999999 milliseconds", 900.0),
        ("Suggested Backoff Time: 99999999999999999999 milliseconds", None),
        ("[THROTTLED] too many requests", None),
        ("mail_max_userip_connections=1, 300 seconds", None),
    ],
)
def test_the_time_that_a_server_names_is_understood_and_bounded(said, seconds):
    assert stated_wait(said) == seconds


@pytest.mark.parametrize(
    "said",
    [
        "[LIMIT] Maximum number of connections from user+IP exceeded (mail_max_userip_connections=1)",
        "[ALERT] Too many simultaneous connections. (Failure)",
        "[UNAVAILABLE] Temporary authentication failure.",
        "Request is throttled.",
    ],
)
def test_a_refusal_about_the_moment_is_told_from_one_about_the_matter(said):
    assert is_not_now(said)
    assert not is_not_now("[AUTHENTICATIONFAILED] Authentication failed.")


@pytest.mark.parametrize(
    "said",
    [
        "[AUTHENTICATIONFAILED] Invalid credentials, please try again.",
        "[AUTHORIZATIONFAILED] Too many failed logins: the account is locked.",
    ],
)
def test_a_wrong_password_is_not_about_the_moment_however_politely_it_is_refused(said):
    assert not is_not_now(said)
