"""How `setup` asks for what logs in."""

from click.testing import CliRunner

from console.cli import setup_answers as ask
from console.cli.setup_answers import Answers
from storage.mail import profiles
from storage.records.account import Oauth, Security, ServerAddress


def answered(typed, **before):
    """Return what a person who types so has answered."""
    answers = Answers(address="support@acme.example", **before)
    with CliRunner().isolation(input="\n".join(typed) + "\n"):
        ask.password(answers, has_keyring=False)
    return answers


def at(profile):
    known = next(one for one in profiles.PROFILES if one.id == profile)
    return {"imap": known.imap, "smtp": known.smtp}


def test_31_microsoft_is_logged_in_to_with_a_token_unless_one_says_otherwise():
    answers = answered(["", "oama access support@acme.example"], **at("microsoft365"))

    assert answers.oauth is Oauth.AUTO
    assert answers.password_command == ("oama", "access", "support@acme.example")


def test_31_gmail_is_logged_in_to_with_an_app_password_or_a_token():
    by_password = answered(["", "environment", "THE_PASSWORD"], **at("gmail"))
    by_token = answered(["token", "oama access support@acme.example"], **at("gmail"))

    assert (by_password.oauth, by_password.password_env) == (Oauth.NO, "THE_PASSWORD")
    assert (by_token.oauth, by_token.password_env) == (Oauth.AUTO, "")


def test_31_another_server_is_not_asked_about_tokens():
    server = ServerAddress("mail.acme.example", 993, Security.TLS)

    answers = answered(["environment", "THE_PASSWORD"], imap=server, smtp=server)

    assert answers.oauth is Oauth.NO


def test_31_what_was_chosen_before_is_proposed_and_can_be_given_up():
    server = ServerAddress("mail.acme.example", 993, Security.TLS)
    before = {"imap": server, "smtp": server, "oauth": Oauth.OAUTHBEARER}

    kept = answered(["", "oama access x"], **before)
    given_up = answered(["password", "environment", "THE_PASSWORD"], **before)

    assert (kept.oauth, given_up.oauth) == (Oauth.OAUTHBEARER, Oauth.NO)
