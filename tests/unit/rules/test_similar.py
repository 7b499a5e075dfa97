import pytest

from storage.rules.similar import (
    Document,
    asked,
    best_terms,
    fused,
    rarity,
    resembling,
    shared,
    words_of,
)


def a_document(uid, heading="", text=""):
    return Document(uid=uid, heading=heading, text=text)


def found(question, *documents):
    return [one.uid for one in resembling(asked(question, ""), documents)]


def test_words_are_spelled_as_the_index_spells_them():
    assert words_of("Don't use FOO_bar: Zürich, ПРИВЕТ, 10.0.0.7!") == [
        *("don", "t", "use", "foo", "bar", "zurich", "привет", "10", "0", "0", "7")
    ]


def test_the_subject_counts_twice_and_stop_words_not_at_all():
    counts = asked("Rate limit", "Hello, the limit is für uns too low. Thanks")

    assert counts == {"rate": 2, "limit": 3, "low": 1}


def test_a_log_costs_no_more_than_its_beginning():
    assert len(asked("", "word " * 10 + "x " * 1_000_000 + "late")) == 1


def test_rare_words_tell_most_and_unknown_ones_nothing():
    counts = {"webhook": 1, "error": 1, "florp": 5}

    assert best_terms(counts, {"webhook": 1, "error": 9}, documents=10) == ["webhook", "error"]


def test_only_the_best_terms_are_kept():
    counts = {f"w{n}": 1 for n in range(30)}

    assert len(best_terms(counts, dict.fromkeys(counts, 1), documents=40)) == 12


def test_a_word_that_everybody_holds_still_says_something():
    assert 0 < rarity(10, documents=10) < rarity(1, documents=10)


def test_what_both_rankings_hold_comes_before_what_one_holds():
    assert fused(["x", "both"], ["both", "y"])[0] == "both"


def test_shared_words_are_found_by_their_stem():
    assert shared(["failing", "exports", "umbrella"], "An export that failed") == (
        "failing",
        "exports",
    )


def test_the_bug_that_shares_the_telling_words_comes_first():
    documents = [
        a_document("slow", "Dashboard is slow", "open the dashboard, wait"),
        a_document("dup", "Webhook delivered twice", "create a webhook, see two deliveries"),
        a_document("csv", "CSV export drops umlauts", "export contacts"),
    ]

    assert found("our webhooks arrive twice", *documents)[0] == "dup"
    assert found("umlauts are broken in the exported CSV", *documents)[0] == "csv"


def test_a_heading_says_more_than_a_text():
    documents = [
        a_document("text", "Something else", "the webhook is mentioned once here"),
        a_document("heading", "Webhook", "nothing of it in these other words here"),
    ]

    assert found("webhook", *documents) == ["heading", "text"]


def test_what_shares_no_word_is_left_out():
    assert found("billing address", a_document("a", "Webhook twice")) == []
    assert resembling(asked("webhook", ""), []) == []


def test_it_says_which_words_matched():
    [one] = resembling(asked("Webhooks fail", "signature"), [a_document("a", "Webhook signature")])

    assert set(one.words) == {"webhooks", "signature"}


@pytest.mark.parametrize("text", ["", "   ", "!!!", "the and for"])
def test_an_empty_question_resembles_nothing(text):
    assert resembling(asked(text, text), [a_document("a", "the webhook")]) == []
