"""Templates, waiting, and signatures, with plain data."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kizuna.domains.segments.destinations.customer_match import hash_email, hash_name, hash_phone
from kizuna.domains.segments.rules.body_template import TemplateError, fill_template, parse_template
from kizuna.domains.segments.rules.delivery import judge_status, next_wait, read_retry_after
from kizuna.domains.segments.rules.signature import sign
from kizuna.domains.segments.service.destinations import list_kinds

NOW = datetime(2026, 4, 1, 9, 0, tzinfo=UTC)


def test_a_whole_placeholder_keeps_its_type_and_one_in_text_becomes_text() -> None:
    tree = parse_template('{"n": "{{ traits.n }}", "t": "n={{traits.n}} {{ traits.no }}.", "k": [1, null]}', each=True)
    assert fill_template(tree, {"traits.n": 3}) == {"n": 3, "t": "n=3 .", "k": [1, None]}


@given(st.text())
def test_no_value_changes_the_shape_of_a_body(value: str) -> None:
    tree = parse_template('{"a": "{{ traits.x }}", "b": "<{{ traits.x }}>"}', each=True)
    filled: Any = msgspec.json.decode(msgspec.json.encode(fill_template(tree, {"traits.x": value})))
    assert filled == {"a": value, "b": f"<{value}>"}


@pytest.mark.parametrize(
    ("text", "each"),
    [
        ("{{ people }}", False),
        ('{"a": "{{ people }}"}', True),
        ('{"a": "{{ profile.id }}"}', False),
        ('{"a": "{{ traits. }}"}', True),
        ('{"a": "{{ __class__ }}"}', True),
        ('{"{{ traits.x }}": 1}', True),
        ("[" * 50 + "]" * 50, True),
    ],
)
def test_templates_that_are_refused(text: str, each: bool) -> None:
    with pytest.raises(TemplateError):
        parse_template(text, each=each)


@pytest.mark.parametrize(
    ("status", "permanent"),
    [(400, True), (401, True), (404, True), (410, True), (408, False), (425, False), (429, False), (500, False)],
)
def test_what_is_worth_another_try(status: int, permanent: bool) -> None:
    assert judge_status(status, taken=False, retry_after=None).permanent is permanent


def test_waits_double_up_to_an_hour_and_honour_what_was_asked() -> None:
    middle = [next_wait(tries, None, 0.5).total_seconds() for tries in range(1, 10)]
    assert middle == [30, 60, 120, 240, 480, 960, 1_920, 3_600, 3_600]
    assert (next_wait(1, None, 0.0), next_wait(1, None, 1.0)) == (timedelta(seconds=22.5), timedelta(seconds=37.5))
    assert next_wait(1, timedelta(minutes=10), 0.0) == timedelta(minutes=10)


@pytest.mark.parametrize(
    ("text", "wait"),
    [
        ("120", timedelta(minutes=2)),
        ("Wed, 01 Apr 2026 09:05:00 GMT", timedelta(minutes=5)),
        ("Wed, 01 Apr 2026 08:00:00 GMT", timedelta(0)),
        ("99999999999999999999", timedelta(days=1)),
        ("soon", None),
        (None, None),
    ],
)
def test_when_a_receiver_wants_us_back(text: str | None, wait: timedelta | None) -> None:
    assert read_retry_after(text, NOW) == wait


def test_a_signature_as_others_work_it_out() -> None:
    """Worked out by ``openssl dgst -sha256 -hmac secret`` of ``1775034000.{}``."""
    at, first = sign(["secret", "older"], b"{}", NOW).split(",")[:2]
    assert at == "t=1775034000"
    assert first == "v1=f9c355b15e62f98734e2f1bb956e998ed9fec708657f96edac6de85411bfa326"


def test_every_kind_has_its_words_and_its_line_in_the_documentation() -> None:
    page = (Path(__file__).parents[3] / "docs/how-to/destinations.md").read_text(encoding="utf-8")
    for kind in list_kinds().values():
        assert f"| `{kind.key}` |" in page
        assert set(kind.texts) == {"en", "ja"}
        forms = [kind.describe(language)["properties"] for language in ("en", "ja")]
        assert all(one["title"] and one["description"] for form in forms for one in form.values())


def test_spellings_before_hashing() -> None:
    assert hash_email(" Yuki@Example.JP ") == hash_email("yuki@example.jp")
    assert hash_phone("+81 90-0000-0000", plus=True) == hash_phone("+819000000000", plus=True)
    assert hash_phone("+819000000000", plus=False) == hash_phone("819000000000", plus=False)
    assert hash_phone("+819000000000", plus=False) != hash_phone("+819000000000", plus=True)
    assert hash_name("O'Neil  ", punctuation=False) == hash_name("oneil", punctuation=True)
    assert hash_name("O'Neil", punctuation=True) == hash_name(" o'neil", punctuation=True)
