"""Which folder is Sent, Archive, Junk, Trash, Drafts."""

import pytest

from storage.mail.folders import candidates, find_role, meant_by, named
from storage.records.remote import RemoteFolder
from storage.records.words import FolderRole


def a_folder(name, *flags, delimiter="/"):
    return RemoteFolder(name=name, shown=name, delimiter=delimiter, flags=frozenset(flags))


def test_the_servers_flag_counts_more_than_a_name():
    folders = [a_folder("Sent"), a_folder("Postausgang", "\\HasNoChildren", "\\Sent")]

    assert find_role(folders, FolderRole.SENT) == "Postausgang"


@pytest.mark.parametrize(
    ("role", "name", "delimiter"),
    [
        (FolderRole.SENT, "Sent Items", "/"),
        (FolderRole.SENT, "INBOX.Sent", "."),
        (FolderRole.SENT, "[Gmail]/Sent Mail", "/"),
        (FolderRole.SENT, "Gesendete Elemente", "/"),
        (FolderRole.SENT, "Éléments envoyés", "/"),
        (FolderRole.SENT, "E\u0301le\u0301ments envoye\u0301s", "/"),
        (FolderRole.SENT, "Отправленные", "|"),
        (FolderRole.SENT, "送信済み", "/"),
        (FolderRole.ARCHIVE, "Archives", "/"),
        (FolderRole.ARCHIVE, "INBOX/Archiv", "/"),
        (FolderRole.JUNK, "Junk E-mail", "/"),
        (FolderRole.JUNK, "迷惑メール", "/"),
        (FolderRole.TRASH, "Deleted Items", "/"),
        (FolderRole.TRASH, "INBOX.Papierkorb", "."),
        (FolderRole.TRASH, "Κάδος", "/"),
        (FolderRole.DRAFTS, "[Gmail]/Brouillons", "/"),
        (FolderRole.INTAKE, "inbox", "/"),
    ],
)
def test_a_usual_name_is_known_in_many_languages(role, name, delimiter):
    folders = [a_folder("Other", delimiter=delimiter), a_folder(name, delimiter=delimiter)]

    assert find_role(folders, role) == name


@pytest.mark.parametrize(
    ("name", "role"),
    [
        ("Sent", FolderRole.SENT),
        ("ÇÖP KUTUSU", FolderRole.TRASH),
        ("E\u0301le\u0301ments supprime\u0301s", FolderRole.TRASH),
        ("Κάδος", FolderRole.TRASH),
        ("Черновики", FolderRole.DRAFTS),
        ("Spam", FolderRole.JUNK),
        ("Projects/Trash", None),
        ("Customers", None),
        ("", None),
    ],
)
def test_a_name_alone_says_what_a_folder_is_for(name, role):
    assert meant_by(name) == role


def test_a_folder_deeper_down_is_somebodys_own():
    assert (
        find_role([a_folder("Projects/Archive"), a_folder("a/b/Sent")], FolderRole.ARCHIVE) is None
    )


def test_a_folder_that_cannot_be_opened_has_no_role():
    folders = [a_folder("Sent", "\\Noselect", "\\Sent"), a_folder("INBOX/Sent")]

    assert find_role(folders, FolderRole.SENT) == "INBOX/Sent"


def test_the_likelier_name_wins_whatever_the_order():
    folders = [a_folder("Enviados"), a_folder("INBOX/Sent"), a_folder("Sent")]

    assert find_role(folders, FolderRole.SENT) == "Sent"
    assert find_role(reversed(folders), FolderRole.SENT) == "Sent"


def test_where_nothing_says_so_nothing_is_guessed():
    assert find_role([a_folder("INBOX"), a_folder("Stuff")], FolderRole.JUNK) is None


def test_35_folders_that_are_equally_likely_are_all_named():
    by_flag = [a_folder("Post", "\\Sent"), a_folder("Weg", "\\Sent"), a_folder("Sent")]
    by_name = [a_folder("Gesendete Elemente"), a_folder("Sent"), a_folder("Stuff")]

    assert candidates(by_flag, FolderRole.SENT) == ["Post", "Weg"]
    assert candidates(by_name, FolderRole.SENT) == ["Sent", "Gesendete Elemente"]


def test_35_gmails_archive_is_all_mail_and_nobody_elses_is():
    gmail = [a_folder("[Google Mail]/Alle Nachrichten", "\\All"), a_folder("INBOX")]

    assert candidates(gmail, FolderRole.ARCHIVE) == ["[Google Mail]/Alle Nachrichten"]
    assert candidates([a_folder("Virtual/All", "\\All")], FolderRole.ARCHIVE) == []


@pytest.mark.parametrize(
    ("listed", "delimiter", "name"),
    [
        ("Billing", "/", "Billing"),
        ("INBOX.Billing", ".", "Billing"),
        ("INBOX.Support.Billing", ".", "Support/Billing"),
        ("Support/Billing", "/", "Support.Billing"),
        ("Inbox", "/", "INBOX"),
        ("Entwu\u0308rfe", "/", "Entwürfe"),
        ("a & b", "/", "a & b"),
        ('quote"d', "/", 'quote"d'),
        ("back\\slash", "/", "back\\slash"),
        ("2026", "/", "2026"),
    ],
)
def test_34_a_folder_is_found_as_a_person_writes_it(listed, delimiter, name):
    folders = [a_folder("Other", delimiter=delimiter), a_folder(listed, delimiter=delimiter)]

    assert named(folders, name).name == listed


def test_34_the_very_name_counts_more_than_one_like_it():
    folders = [a_folder("INBOX/Sent"), a_folder("Sent")]

    assert named(folders, "Sent").name == "Sent"
    assert named(folders, "Post") is None
