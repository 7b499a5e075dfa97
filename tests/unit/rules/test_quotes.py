"""Folding replies; every fixture was written for this test."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.rules.quotes import Span, fold, own_words, snippet

REPLIES = {
    "English, Gmail": ("Thanks, that works.\n\nOn Mon, 3 Mar 2025 at 10:12, Ana Ruiz <ana@example.com> wrote:\n\n> Did you try again?\n> Ana", "Thanks, that works."),
    "English, two-line attribution": ("Yes.\n\nOn Mon, Mar 3, 2025 at 10:12 AM Ana Maria Ruiz Fernandez\n<ana@example.com> wrote:\n> Again?", "Yes."),
    "own line right above": ("It fails since 3 days.\nOn Mon, 3 Mar 2025 10:12, Ana wrote:\n> Again?", "It fails since 3 days."),
    "German, Gmail": ("Danke!\n\nMax Muster <max@example.de> schrieb am Fr., 28.\nApr. 2025 um 11:53 Uhr:\n\n> Geht es jetzt?", "Danke!"),
    "German, Outlook": ("Gruß Jan\n\n-----Ursprüngliche Nachricht-----\nVon: Team <team@example.org>\nGesendet: Do 11. Februar 2025 11:23\nAn: jan@example.com\nBetreff: Frage\n\nHallo Jan", "Gruß Jan"),
    "French": ("Merci beaucoup\n\nLe lun. 3 mars 2025 à 10:12, Ana Ruiz <ana@example.com> a écrit :\n\n> Bonjour", "Merci beaucoup"),
    "French, Outlook": ("Merci\n\n________________________________\nDe : Ana <ana@example.com>\nEnvoyé : lundi 3 mars 2025 10:12\nÀ : Luc\nObjet : facture\n\nBonjour Luc", "Merci"),
    "French, no space after the colon": ("Merci\n\nDe : Ana <ana@example.com>\nEnvoyé le :lundi 3 mars 2025\nÀ : Luc\nObjet :facture\n\nBonjour", "Merci"),
    "Italian, copied": ("Grazie\n\n----- Messaggio originale -----\n\nCiao Luca,\ncome va?", "Grazie"),
    "Spanish": ("Gracias\n\nEl lun, 3 mar 2025 a las 10:12, Ana (<ana@example.com>) escribió:\n\n> Hola", "Gracias"),
    "Italian": ("Grazie\n\nIl giorno lun 3 mar 2025 alle ore 10:12 Ana <ana@example.com> ha scritto:\n> Ciao", "Grazie"),
    "Polish": ("Dziękuję\n\npon., 3 mar 2025 o 10:12 Ana <ana@example.com> napisał(a):\n\n> Cześć", "Dziękuję"),
    "Russian": ("Спасибо!\n\nпн, 3 мар. 2025 г. в 10:12, Ana <ana@example.com>:\n\n> Здравствуйте", "Спасибо!"),
    "Japanese": ("ありがとうございます。\n\n2025年3月3日(月) 10:12 Ana <ana@example.com>:\n\n> こんにちは", "ありがとうございます。"),
    "Chinese, Outlook": ("谢谢\n\n发件人: Ana <ana@example.com>\n发送时间: 2025年3月3日 10:12\n收件人: li@example.cn\n主题: 账单\n\n你好", "谢谢"),
    "Korean": ("감사합니다\n\n2025년 3월 3일 (월) 10:12, Ana <ana@example.com>님이 작성:\n\n> 안녕하세요", "감사합니다"),
    "Arabic": ("شكرا\n\nفي الاثنين، 3 مارس 2025 10:12 كتب Ana <ana@example.com>:\n\n> مرحبا", "شكرا"),
    "Swedish, mobile": ("Tack\n\n3 mars 2025 kl. 10:12 skrev Ana <ana@example.com>:\n\n> Hej", "Tack"),
    "Outlook, bold labels": ("Done.\n\n*From:* Ana <ana@example.com>\n*Sent:* Monday, March 3, 2025 10:12 AM\n*To:* Luc\n*Subject:* RE: bill\n\nHello", "Done."),
    "copied without marks": ("Still broken.\n\nOn Mon, 3 Mar 2025 at 10:12, Ana <ana@example.com> wrote:\n\nDid you try again?\nAna", "Still broken."),
    "signature, then quote": ("Yes.\n\n-- \nLuc\nExample Ltd\n\nOn Mon, 3 Mar 2025 at 10:12, Ana <ana@example.com> wrote:\n> Again?", "Yes."),
    "sent from a phone": ("On my way\n\nSent from my iPhone", "On my way"),
    "von einem Telefon": ("Bin gleich da\n\nVon meinem iPhone gesendet\n\n> Wo bleibst du?", "Bin gleich da"),
}  # fmt: skip


@pytest.mark.parametrize(("text", "own"), REPLIES.values(), ids=REPLIES)
def test_what_is_quoted_folds_and_the_answer_stays(text, own):
    assert own_words(text) == own


@pytest.mark.parametrize(
    "text",
    [
        "Hello,\n\nThese are the steps, since 3 days:\n\nopen it\nclose it",
        "A form was sent on 2025-03-03 10:12.\n\nName: Luc\nEmail: luc@example.com\nPhone: 123\nMessage: it is broken",
        "It says:\n\n---- log file ----\nerror: a\nat: b\nhttp://x.example: c",
        "> only a quote",
        "-- \nonly a signature",
        "---------- Forwarded message ---------\nFrom: Ana <ana@example.com>\nDate: Mon, 3 Mar 2025\nSubject: x\n\nHello",
        "My iPhone does not ring.\n\nSent from my old phone it works. Why is that? I changed nothing at all and it is a quite long sentence to say so.",
        "Error:\n--\nline 1\n--\n" + "line\n" * 20,
        "",
    ],
)  # fmt: skip
def test_an_author_who_quotes_nobody_stays_open(text):
    assert [span.kind for span in fold(text)] == ["own"]
    assert own_words(text) == text.strip()


def test_a_quote_answered_line_by_line_stays_open():
    text = "> Which version?\n\n2.1\n\n> Which system?\n\nDebian"

    assert [span.kind for span in fold(text)] == ["own"]
    assert own_words(text) == "2.1\n\n\nDebian"


def test_a_long_quote_folds_even_when_it_is_answered_below():
    text = "\n".join(["> line"] * 30 + ["", "I agree."])

    assert [(span.kind, span.lines) for span in fold(text)] == [("quote", 30), ("own", 2)]


def test_a_fold_names_its_lines_and_its_kind():
    text = "Yes.\n\nOn Mon, 3 Mar 2025 at 10:12, Ana wrote:\n> Again?\n> Ana\n-- \nLuc"

    spans = fold(text)

    assert [(span.kind, span.lines) for span in spans] == [
        ("own", 2),
        ("quote", 3),
        ("signature", 2),
    ]
    assert spans[2] == Span("signature", "-- \nLuc")


def test_a_snippet_is_the_first_own_words_on_one_line():
    text = "Hello,\n\nit   fails.\n\nOn Mon, 3 Mar 2025 at 10:12, Ana wrote:\n> Again?"

    assert snippet(text) == "Hello, it fails."
    assert snippet("word " * 100, limit=20) == "word word word word…"


@given(st.text(st.sampled_from("> \n-:@aF1_From2024: a@b.c 10:12\t")))
def test_no_character_is_ever_lost(text):
    assert "\n".join(span.text for span in fold(text)) == text


BOMBS = {
    "lines": "a\n" * 1_000_000,
    "quotes": ">\n" * 500_000,
    "answered quotes": "> x\ny\n" * 300_000,
    "On On On": "On " * 600_000,
    "dashes": "-" * 2_000_000,
    "rules": ("_" * 90 + "\n") * 20_000,
    "attributions": "a@b.cd 2024:\n" * 150_000,
    "header blocks": "From: a@b\n\n" * 150_000,
    "signatures": "--\n" * 600_000,
}


@pytest.mark.parametrize("text", BOMBS.values(), ids=BOMBS)
def test_folding_takes_one_pass(text):
    start = time.process_time()

    fold(text)

    assert time.process_time() - start < 2
