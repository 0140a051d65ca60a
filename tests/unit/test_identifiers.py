"""Identifiers and text: published vectors, and properties that hold for whatever people type."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows import identifiers

PERSIAN = str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹")
ARABIC = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")


@pytest.mark.parametrize("digits", [str, lambda s: s.translate(PERSIAN), lambda s: s.translate(ARABIC)])
def test_published_vectors_are_valid_in_every_digit_range(digits):
    assert identifiers.national_id(digits("0013542419")) == "0013542419"
    assert identifiers.legal_id(digits("10380284790")) == "10380284790"
    assert identifiers.iban("IR" + digits("820540102680020817909002")) == "IR820540102680020817909002"


@given(st.integers(0, 10), st.integers(1, 9))
def test_one_wrong_digit_makes_a_legal_id_invalid(place, delta):
    value = list("10380284790")
    value[place] = str((int(value[place]) + delta) % 10)
    # Weights 23 and 29 are congruent to 1 and 7 modulo 11, so a single change is always seen, but for the rule that
    # a remainder of 10 counts as 0: such a pair of values shares its check digit.
    changed = "".join(value)
    try:
        identifiers.legal_id(changed)
    except identifiers.IdentifierError:
        return
    assert changed[10] == "0" or place == 9 or "10380284790"[10] == "0"


@given(st.integers(0, 9), st.integers(1, 9))
def test_one_wrong_digit_makes_a_national_id_invalid(place, delta):
    value = list("0013542419")
    value[place] = str((int(value[place]) + delta) % 10)
    with pytest.raises(identifiers.IdentifierError):
        identifiers.national_id("".join(value))


def valid(check, candidates):
    """The candidates that a checker takes."""
    def is_valid(text):
        try:
            return bool(check(text))
        except identifiers.IdentifierError:
            return False
    return [text for text in candidates if is_valid(text)]


@given(st.from_regex(r"[0-9]{9}", fullmatch=True).filter(lambda body: len(set(body)) > 1))
def test_nine_digits_have_exactly_one_check_digit_as_a_national_id(body):
    [found] = valid(identifiers.national_id, [f"{body}{last}" for last in range(10)])
    # The sum of all ten digits by their weights, the check digit by 1, is a multiple of 11; remainder 1 stands for 10.
    total = sum(int(digit) * weight for digit, weight in zip(found, range(10, 0, -1), strict=True))
    assert total % 11 == 0 or (total % 11 == 2 and found[9] == "1")


@given(st.from_regex(r"[0-9]{3}[1-9][0-9]{6}", fullmatch=True))
def test_ten_digits_have_exactly_one_check_digit_as_a_legal_id(body):
    assert len(valid(identifiers.legal_id, [f"{body}{last}" for last in range(10)])) == 1


def test_a_legal_id_without_a_serial_is_none():
    assert valid(identifiers.legal_id, [f"103000000{tenth}{last}" for tenth in range(10) for last in range(10)]) == []


@given(st.from_regex(r"[0-9]{22}", fullmatch=True))
def test_an_account_has_exactly_one_pair_of_check_digits_as_an_iban(account):
    [found] = valid(identifiers.iban, [f"IR{pair:02}{account}" for pair in range(100)])
    assert int(found[2:4]) == 98 - int(f"{account}182700") % 97  # ISO 7064: between 02 and 98


@given(st.integers(2, 25), st.integers(1, 9))
def test_one_wrong_digit_makes_an_iban_invalid(place, delta):
    value = list("IR820540102680020817909002")
    value[place] = str((int(value[place]) + delta) % 10)
    with pytest.raises(identifiers.IdentifierError):
        identifiers.iban("".join(value))


@given(st.integers(2, 24))
def test_two_neighbours_changed_round_make_an_iban_invalid(place):
    value = list("IR820540102680020817909002")
    value[place], value[place + 1] = value[place + 1], value[place]
    if "".join(value) != "IR820540102680020817909002":
        with pytest.raises(identifiers.IdentifierError):
            identifiers.iban("".join(value))


@pytest.mark.parametrize("text", ["820540102680020817909002", "ir82 0540 1026 8002 0817 9090 02",
                                  "IR82-0540102680020817909002", "IR۸۲۰۵۴۰۱۰۲۶۸۰۰۲۰۸۱۷۹۰۹۰۰۲",
                                  "\u200eIR820540102680020817909002"])
def test_every_way_of_writing_an_iban_is_stored_alike(text):
    assert identifiers.iban(text) == "IR820540102680020817909002"


@pytest.mark.parametrize("text", ["", "IR", "DE89370400440532013000", "IR82054010268002081790900",
                                  "IR8205401026800208179090022", "IRx20540102680020817909002"])
def test_what_is_not_an_iranian_iban_is_refused_in_both_languages(text):
    with pytest.raises(identifiers.IdentifierError) as caught:
        identifiers.iban(text)
    assert caught.value.what and caught.value.what_fa


@pytest.mark.parametrize("text", ["1111111111", "001354241", "00135424190", "001354241x", "", "۰۰۱۳۵۴۲۴۱۸"])
def test_what_is_not_a_national_id_is_refused_in_both_languages(text):
    with pytest.raises(identifiers.IdentifierError) as caught:
        identifiers.national_id(text)
    assert caught.value.what and caught.value.what_fa


@pytest.mark.parametrize("text", ["+989141234567", "00989141234567", "989141234567", "9141234567", "۰۹۱۴ ۱۲۳ ۴۵۶۷"])
def test_every_way_of_writing_a_mobile_number_is_stored_alike(text):
    assert identifiers.mobile(text) == "09141234567"


@pytest.mark.parametrize("unseen", ["\x00", "\x1b", "\x7f", "\u009f", "\u00ad", "\u061c", "\u200b", "\u202e", "\u2060",
                                    "\u2066", "\ufeff", "\ud800"])
def test_what_nobody_sees_is_no_part_of_a_text(unseen):
    assert identifiers.normalise_text(f"{unseen}سا{unseen}را") == "سارا"
    assert identifiers.normalise_text(unseen) == ""
    assert identifiers.national_id(f"001354{unseen}2419") == "0013542419"


def test_what_persian_is_spelt_with_and_lines_stay():
    assert identifiers.normalise_text("نمونه‌پور ه‍.ق\r\n دوم") == "نمونه‌پور ه‍.ق\nدوم"


@pytest.mark.parametrize("text", ["0914123456", "02112345678", "091412345678", "abc"])
def test_what_is_not_a_mobile_number_is_refused(text):
    with pytest.raises(identifiers.IdentifierError):
        identifiers.mobile(text)


def test_postal_codes_begin_with_a_digit_other_than_zero():
    assert identifiers.postal_code("۵۷۱۵۸-۱۳۴۴۵") == "5715813445"
    for text in ("0715813445", "5555555555", "571581344"):
        with pytest.raises(identifiers.IdentifierError):
            identifiers.postal_code(text)


def test_arabic_letters_become_persian_and_zwnj_stays():
    assert identifiers.normalise_text("  كريمي  مي‌رود ") == "کریمی می‌رود"
    assert identifiers.search_key("مي‌رود") == identifiers.search_key("میرود")


@given(st.text())
def test_normalising_twice_changes_nothing(text):
    once = identifiers.normalise_text(text)
    assert identifiers.normalise_text(once) == once


@given(st.text())
def test_a_checker_answers_or_raises_its_own_error(text):
    for check in (identifiers.national_id, identifiers.legal_id, identifiers.iban, identifiers.mobile,
                  identifiers.postal_code, identifiers.economic_code, identifiers.digits):
        try:
            assert check(text).isascii()
        except identifiers.IdentifierError:
            pass


@pytest.mark.parametrize(("typed", "stored"), [
    ("CRA-1405-7", "CRA-1405-7"), (" cra - ۱۴۰۵ - ٧ ", "CRA-1405-7"), ("ص/۱۲\u200c٣", "ص/123"), ("ك ي ى", "کیی"),
    ("CRA\u20111\u22122", "CRA-1-2"), ("\u200f\u0640 ", ""),
])
def test_a_number_of_a_register_has_one_form(typed: str, stored: str):
    assert identifiers.register_number(typed) == stored
    assert identifiers.register_number(stored) == stored
