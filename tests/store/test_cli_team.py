"""The team's settings as one document."""

import pytest

from storage.queries import hot
from tests.factories import ANA


def settings(desk):
    return hot.settings_of(desk.hot(hot.settings_rows()))


def test_the_settings_are_shown_by_the_names_of_the_document(rotadesk):
    shown = rotadesk("team", "show").one

    assert shown["address"] == "support@desk.example"
    assert shown["areas"] == ["general", "webhooks"]
    assert shown["gate"] == {"kb": "written", "area": False, "kb_hosts": []}
    assert shown["engineers"] == {"ana@desk.example": "Ana", "ben@desk.example": "Ben"}
    assert list(shown["categories"]) == [
        *("reliability", "usability", "functional", "deliverability", "abuse", "outreach")
    ]


def test_the_document_that_is_shown_changes_nothing(rotadesk, tmp_path):
    (tmp_path / "team.toml").write_text(rotadesk.people("team", "show").out)

    told = rotadesk.people("team", "edit", "--text-file", tmp_path / "team.toml")

    assert (told.status, told.err) == (0, "Nothing was changed.\n")


def test_what_differs_is_changed_and_can_be_undone(rotadesk, desk, tmp_path):
    document = rotadesk.people("team", "show").out
    document = document.replace('["general", "webhooks"]', '["general", "billing"]')
    document = document.replace("area = false", "area = true")
    document = document.replace('"ben@desk.example" = "Ben"', '"Kim@Desk.example" = "Kim"')
    (tmp_path / "team.toml").write_text(document)

    told = rotadesk("team", "edit", "--text-file", tmp_path / "team.toml")

    now = settings(desk)
    assert (told.status, now.areas, now.gate.needs_area) == (0, ("general", "billing"), True)
    assert [one.email for one in now.engineers] == [ANA, "kim@desk.example"]
    assert rotadesk("undo").status == 0
    assert settings(desk).areas == ("general", "webhooks")


def test_the_document_is_edited_in_the_editor(rotadesk, desk, monkeypatch, tmp_path):
    script = tmp_path / "editor"
    script.write_text('#!/bin/sh\nsed -i \'s/^kb = .*/kb = "published"/\' "$1"\n')
    script.chmod(0o700)
    monkeypatch.setenv("VISUAL", str(script))
    monkeypatch.setattr("console.cli.texts.is_at_a_terminal", lambda: True)

    assert rotadesk("team", "edit").status == 0
    assert settings(desk).gate.needs_published


@pytest.mark.parametrize(
    "document",
    [
        "areas = [",
        "aeras = ['general']",
        "areas = 'general'",
        "areas = [1]\nsince = 'soon'",
        "[gate]\nkb = 'perhaps'",
        "[gate]\nkbb = 'written'",
        "[gate]\narea = 'yes'",
        "[engineers]\nana = 'Ana'",
        "token_in_subject = 'no'",
        "[other]\nx = 1",
    ],
)
def test_a_document_that_makes_no_sense_is_refused(rotadesk, document):
    before = rotadesk("team", "show").one

    told = rotadesk("team", "edit", "--text", document)

    assert (told.status, told.out, len(told.errors)) == (2, "", 1)
    assert rotadesk("team", "show").one == before


@pytest.mark.parametrize(
    ("words", "name", "value"),
    [
        (("sent", "Gesendete Elemente"), "sent", "Gesendete Elemente"),
        (("intake", "INBOX", "Billing"), "intake", ("INBOX", "Billing")),
        (("archive_closed", "true"), "archive_closed", True),
    ],
)
def test_one_setting_is_set_by_its_name(rotadesk, desk, words, name, value):
    told = rotadesk("team", "set", *words)

    assert (told.status, told.one[name]) == (0, list(value) if name == "intake" else value)
    assert getattr(settings(desk), name) == value


def test_a_setting_without_a_value_is_as_if_never_set(rotadesk, desk):
    rotadesk("team", "set", "sent", "Sent")

    assert rotadesk("team", "set", "sent").status == 0
    assert settings(desk).sent == ""


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("nonsense", "x"), "There is no setting 'nonsense'."),
        (("archive_closed", "perhaps"), "'archive_closed' is true or false."),
        (("sent", "Sent", "Items"), "'sent' takes one value: put it in quotes."),
        (("gate.kb", "perhaps"), "'gate.kb' is written or published."),
    ],
)
def test_what_cannot_be_set_is_refused_with_its_reason(rotadesk, desk, words, why):
    before = settings(desk)

    told = rotadesk.people("team", "set", *words)

    assert told.status == 2
    assert why in told.err
    assert settings(desk) == before
