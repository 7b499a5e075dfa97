"""Which folders are read, and what is asked."""

import pytest

from storage.errors import ServerError
from storage.records.desk import DeskSettings
from storage.records.remote import RemoteFolder
from storage.records.words import FolderRole
from storage.sync.watched import watched

INBOX = ("INBOX", FolderRole.INTAKE)


def folders(*names, flags=None):
    return [
        RemoteFolder(
            name=name, shown=name, delimiter="/", flags=frozenset((flags or {}).get(name, ()))
        )
        for name in names
    ]


def test_35_a_folder_that_the_server_names_needs_no_question():
    flags = {"Postausgang": ["\\Sent"], "Müll": ["\\Junk"]}

    found = watched(DeskSettings(), folders("INBOX", "Sent", "Postausgang", "Müll", flags=flags))

    assert found.folders == (INBOX, ("Postausgang", FolderRole.SENT))
    assert (found.junk, found.to_make, found.question) == ("Müll", "", "")


def test_35_of_several_equal_folders_the_likeliest_is_read_and_a_person_is_asked():
    found = watched(DeskSettings(), folders("INBOX", "Gesendete Elemente", "Sent"))

    assert found.folders == (INBOX, ("Sent", FolderRole.SENT))
    assert found.to_make == ""
    assert found.question == (
        "Which folder holds sent mail: Sent or Gesendete Elemente? rotadesk team set sent NAME"
    )


def test_35_where_none_is_known_none_is_made_beside_what_may_be_it():
    found = watched(DeskSettings(), folders("INBOX", "Verschickt", "Trash"))

    assert found.folders == (INBOX,)
    assert found.to_make == ""
    assert found.question == "Which folder is for sent mail? rotadesk team set sent NAME"


def test_35_a_mailbox_with_nothing_else_gets_its_sent_folder_without_a_question():
    flags = {"Papierkorb": ["\\Trash"]}

    found = watched(DeskSettings(), folders("INBOX", "Papierkorb", "Junk", flags=flags))

    assert (found.to_make, found.question) == ("Sent", "")


def test_35_the_answer_is_taken_and_a_folder_that_is_not_there_is_made_by_its_name():
    listed = folders("INBOX", "Gesendete Elemente", "Sent")

    told = watched(DeskSettings(sent="Gesendete Elemente"), listed)
    new = watched(DeskSettings(sent="Antworten"), listed)

    assert told.folders == (INBOX, ("Gesendete Elemente", FolderRole.SENT))
    assert told.question == ""
    assert (new.folders, new.to_make) == ((INBOX,), "Antworten")
    assert new.question == "Antworten is not in the mailbox: it is made for sent mail."


def test_35_the_archive_is_looked_for_only_where_the_team_uses_it():
    listed = folders("INBOX", "Sent", "Archives")

    assert watched(DeskSettings(), listed).archive == ""
    assert watched(DeskSettings(archive_closed=True), listed).archive == "Archives"
    assert watched(DeskSettings(archive="Archives"), listed).archive == "Archives"


@pytest.mark.parametrize(
    ("names", "question"),
    [
        (("Archive", "Archiv"), "Which folder is the archive: Archive or Archiv?"),
        ((), "Which folder is the archive?"),
    ],
)
def test_35_an_archive_that_is_not_certain_is_asked_for_and_not_used(names, question):
    found = watched(DeskSettings(archive_closed=True), folders("INBOX", "Sent", *names))

    assert found.archive == ""
    assert found.question == f"{question} rotadesk team set archive NAME"


def test_a_name_of_a_folder_cannot_act_in_the_question():
    evil = "Sent\x1b]0;x\x07Items"

    found = watched(
        DeskSettings(), folders("INBOX", "a", evil, flags={"a": ["\\Sent"], evil: ["\\Sent"]})
    )

    assert "\x1b" not in found.question
    assert "\x07" not in found.question


def test_several_folders_take_in_mail_each_once():
    settings = DeskSettings(intake=("inbox", "Billing", "INBOX", "Junk"))

    found = watched(settings, folders("INBOX", "Billing", "Junk", "Sent"))

    assert [name for name, _ in found.folders] == ["INBOX", "Billing", "Junk", "Sent"]
    assert found.junk == ""


def test_a_folder_of_the_teams_that_is_missing_is_named():
    with pytest.raises(ServerError, match="no folder 'Billing' to read mail from"):
        watched(DeskSettings(intake=("INBOX", "Billing")), folders("INBOX"))
