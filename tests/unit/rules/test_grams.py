import pytest

from storage.rules.grams import cjk_grams, gram_phrase


def test_latin_text_has_none():
    assert cjk_grams("Rate limit, café, ПРИВЕТ") is None
    assert gram_phrase("limit") is None


def test_a_run_is_its_pairs_and_its_last_character():
    assert cjk_grams("設定エラー") == "設定 定エ エラ ラー ー"


def test_what_is_written_without_a_space_before_it_is_kept():
    assert cjk_grams("APIキー、 other words") == "API キー ー"


def test_half_width_kana_read_as_full_width():
    assert cjk_grams("ｴﾗｰ") == cjk_grams("エラー")


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("設定エラーが出ました", "エラー"),
        ("設定エラー", "設定"),
        ("課金", "課"),
        ("APIキーを更新", "APIキー"),
        ("한국어 오류가", "오류"),
        ("การตั้งค่าผิดพลาด", "ผิดพลาด"),
    ],
)
def test_the_phrase_of_a_word_stands_in_the_grams_of_a_text_that_holds_it(text, word):
    phrase, grams = gram_phrase(word), cjk_grams(text)

    assert f" {phrase}" in f" {grams}"


def test_no_pair_spans_two_runs():
    assert gram_phrase("ABC".translate({65: "設", 66: "定", 67: "値"})) not in cjk_grams(
        "設定、定値"
    )
