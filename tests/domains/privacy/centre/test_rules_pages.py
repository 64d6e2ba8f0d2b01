"""Links, colours and languages, as plain data."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from kizuna.domains.privacy.rules.banner import choose_language
from kizuna.domains.privacy.rules.links import Link, read_token, write_token
from kizuna.domains.privacy.rules.theme import DARK_PAGE, LIGHT_PAGE, TEXT_CONTRAST_MIN, contrast, make_theme

KEY = b"k" * 32
LINK = Link("unsubscribe", 7, 41, datetime(2029, 4, 1, tzinfo=UTC), "marketing", "email")


def test_a_token_says_what_was_written_and_to_nobody_else() -> None:
    token = write_token(KEY, LINK)

    assert read_token(KEY, token) == LINK
    assert read_token(b"o" * 32, token) is None
    assert len(token) < 70


@given(st.integers(0, 400), st.integers(1, 255))
def test_a_changed_token_opens_nothing(place: int, change: int) -> None:
    token = bytearray(write_token(KEY, LINK).encode())
    token[place % len(token)] ^= change

    assert read_token(KEY, token.decode("latin-1")) is None


@given(st.text(max_size=80))
def test_no_text_is_a_token_by_chance(text: str) -> None:
    assert read_token(KEY, text) is None


@given(st.integers(0, 0xFFFFFF))
def test_every_brand_can_be_read(number: int) -> None:
    theme = make_theme(f"#{number:06X}", 8)

    assert contrast(theme.surface, theme.on_surface) >= TEXT_CONTRAST_MIN
    assert contrast(theme.text, LIGHT_PAGE) >= TEXT_CONTRAST_MIN
    assert contrast(theme.dark_text, DARK_PAGE) >= TEXT_CONTRAST_MIN


def test_contrast_is_wcags() -> None:
    assert round(contrast("#FFFFFF", "#000000"), 2) == 21
    assert round(contrast("#767676", "#FFFFFF"), 2) == 4.54


def test_the_language_asked_for_goes_first() -> None:
    assert choose_language("en", "ja", "ja") == "en"
    assert choose_language(None, "fr;q=0.9, EN-us;q=0.5, ja;q=0.1", "ja") == "en"
    assert choose_language(None, "en;q=0, fr;q=x", "ja") == "ja"
