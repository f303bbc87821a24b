"""Two lists of plain words that can be told apart on the phone."""

import re
from itertools import combinations

import pytest

from twofactor.help import words

SOUND_ALIKE = [
    ("bare", "bear"),
    ("cereal", "serial"),
    ("council", "counsel"),
    ("flour", "flower"),
    ("medal", "metal"),
    ("mussel", "muscle"),
    ("pedal", "petal"),
    ("profit", "prophet"),
    ("sundae", "sunday"),
    ("weather", "whether"),
    ("lerche", "laerche"),
    ("mahl", "mal"),
    ("saite", "seite"),
    ("wagen", "waagen"),
    ("wal", "wahl"),
]


@pytest.mark.parametrize("language", words.LANGUAGES)
def test_a_list_has_2048_different_plain_words_in_order(language):
    listed = words.listed(language)
    assert len(set(listed)) == len(listed) == 2048
    assert list(listed) == sorted(listed)
    assert all(re.fullmatch("[a-z]{3,9}", word) for word in listed)


@pytest.mark.parametrize("language", words.LANGUAGES)
def test_no_word_is_one_letter_away_from_another(language):
    """Edit distance 2 at least: neither one letter more, nor another one, nor two that changed places."""
    near: dict[str, str] = {}
    for word in words.listed(language):
        swapped = {f"{word[:i]}{word[i + 1]}{word[i]}{word[i + 2 :]}" for i in range(len(word) - 1)}
        forms = {f"{word[:i]}?{word[i + 1 :]}" for i in range(len(word))}
        forms |= {f"{word[:i]}?{word[i:]}" for i in range(len(word) + 1)}
        for form in forms:
            assert near.setdefault(form, word) == word, form
        assert not (swapped - {word}) & set(words.listed(language)), word


def test_words_that_sound_alike_are_not_both_in_a_list():
    for language in words.LANGUAGES:
        listed = set(words.listed(language))
        assert not [pair for pair in SOUND_ALIKE if set(pair) <= listed]


@pytest.mark.parametrize("language", words.LANGUAGES)
def test_three_different_words_of_the_language_are_drawn_and_never_the_same_ones(language):
    drawn = [words.draw(language).split() for _ in range(200)]
    assert all(len(set(three)) == 3 and set(three) <= set(words.listed(language)) for three in drawn)
    assert all(first != second for first, second in combinations(map(tuple, drawn), 2))


def test_an_unknown_language_gets_english_words():
    assert set(words.draw("fr").split()) <= set(words.listed("en"))


@pytest.mark.parametrize(
    "typed",
    [
        "apple robin yellow",
        "APPLE Robin yElLoW",
        "  apple   robin\tyellow ",
        "apple, robin, yellow",
        "apple-robin-yellow",
    ],
)
def test_case_spaces_and_commas_do_not_matter(typed):
    assert words.match(typed, "apple robin yellow")


@pytest.mark.parametrize(
    "typed", ["", "apple", "apple robin", "robin apple yellow", "apple robin yellow green", "äpple robin yellow"]
)
def test_other_words_or_another_order_do_not_match(typed):
    assert not words.match(typed, "apple robin yellow")


def test_a_word_of_no_list_is_named():
    english, german = words.listed("en")[0], words.listed("de")[0]
    assert words.unknown(f"{english} {german} Qwertz") == ["qwertz"]
