"""The pure rules, with plain data."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.conftest import START

from kizuna.domains.profiles.contracts import Identifier, Refusal, TraitRow, Trust
from kizuna.domains.profiles.rules import identifiers, links, names, search, traits
from kizuna.domains.profiles.rules.components import resolve_components, split_component


@pytest.mark.parametrize(
    ("type_", "given_value", "kept"),
    [
        ("email", " Hana@Example.JP ", "hana@example.jp"),
        ("email", "ｈａｎａ＠ｅｘａｍｐｌｅ．ｊｐ", "hana@example.jp"),
        ("email", "a..b.@docomo.ne.jp", "a..b.@docomo.ne.jp"),
        ("email", "hana\u200b@example.jp", "hana@example.jp"),
        ("email", "hana", None),
        ("email", "null@example.jp", None),
        ("phone", "090-1234-5678", "+819012345678"),
        ("phone", "０９０（１２３４）５６７８", "+819012345678"),
        ("phone", "03-1234-5678", "+81312345678"),
        ("phone", "+1 415 555 2671", "+14155552671"),
        ("phone", "090-0000-0000", None),
        ("phone", "内線12", None),
        ("user_id", " U-1 ", "U-1"),
        ("user_id", "ＡＢＣ１２", "ABC12"),
        ("user_id", "Guest", None),
        ("user_id", "UNDEFINED", None),
        ("user_id", "null", None),
        ("user_id", '"null"', None),
        ("user_id", "NULL", "NULL"),
        ("user_id", "[object Object]", None),
        ("user_id", "0000-0000", None),
        ("anonymous_id", "00000000-0000-0000-0000-000000000000", None),
        ("user_id", "-1", None),
        ("user_id", "x" * 256, None),
        ("user_id", "a\0b", None),
        ("user_id", "\ud800", None),
    ],
)
def test_identifiers_have_one_spelling_and_placeholders_none(type_: str, given_value: str, kept: str | None) -> None:
    assert identifiers.normalise_value(type_, given_value, "JP") == kept


def test_an_event_keeps_its_identifiers_in_order_of_priority() -> None:
    accepted = identifiers.accept_identifiers(
        [
            ("anonymous_id", "c-1"),
            ("Card", "77"),
            ("crm", 12.0),
            ("email", "a@b.jp"),
            ("user_id", 1001),
            ("user_id", "1001 "),
            ("device_id", None),
            ("ios.idfa", "d-1"),
            ("bad type", "x"),
            ("active", True),
        ],
        "JP",
    )
    assert accepted == (
        Identifier("user_id", "1001"),
        Identifier("email", "a@b.jp"),
        Identifier("card", "77"),
        Identifier("crm", "12"),
        Identifier("ios.idfa", "d-1"),
        Identifier("anonymous_id", "c-1"),
    )


@settings(deadline=None)
@given(st.text(max_size=40), st.sampled_from(["user_id", "email", "phone", "crm"]))
def test_what_was_normalised_stays_as_it_is(value: str, type_: str) -> None:
    once = identifiers.normalise_value(type_, value, "JP")
    if once is not None:
        assert identifiers.normalise_value(type_, once, "JP") == once
        assert once.encode()


def component(key: int, *types: str, observed: bool = True, sides: frozenset[tuple[int, int]] = frozenset()):
    counts = {type_: types.count(type_) for type_ in types}
    return links.Component(key, counts, observed, sides, list(range(key, key + len(types))))


def decide(trust: Trust, *components: links.Component, **options: bool) -> links.Decision:
    nodes = [links.Node(one.key, min(one.counts, key=identifiers.rank_type)) for one in components]
    return links.decide_links(nodes, {one.key: one for one in components}, trust, **options)


def test_what_breaks_a_rule_is_left_out_and_the_rest_joins() -> None:
    decision = decide(
        Trust.SERVER,
        component(10, "user_id"),
        component(20, "email", "user_id"),
        component(30, "anonymous_id"),
    )
    assert [(link.a, link.b) for link in decision.links] == [(10, 30)]
    assert decision.refusals == (Refusal(20, 20, "limit:user_id"),)


def test_limits_count_both_sides() -> None:
    three, two, one = ("email",) * 3, ("email",) * 2, ("email",)
    assert not decide(Trust.SERVER, component(10, *three), component(20, *two)).refusals
    assert decide(Trust.SERVER, component(10, *three), component(20, *two), component(30, *one)).refusals


def test_blocks_hold_between_their_sides_only() -> None:
    one = component(10, "user_id", sides=frozenset({(7, 0)}))
    other = component(20, "email", sides=frozenset({(7, 1)}))
    same = component(30, "email", sides=frozenset({(7, 0)}))
    assert decide(Trust.SERVER, one, other).refusals[0].reason == links.BLOCKED
    assert decide(Trust.SERVER, one, other, alias=True).refusals[0].reason == links.BLOCKED
    assert not decide(Trust.SERVER, one, same).refusals
    assert links.blocks_between(one, other) == [7]


def test_a_public_alias_is_no_more_than_any_event() -> None:
    users = component(10, "user_id"), component(20, "user_id")
    assert decide(Trust.PUBLIC, *users, alias=True).refusals
    assert not decide(Trust.SERVER, *users, alias=True).refusals


@pytest.mark.parametrize(
    ("given_traits", "language", "name"),
    [
        ({"name": "  田中　花子 "}, "ja", "田中 花子"),
        ({"last_name": "田中", "first_name": "花子"}, "en", "田中 花子"),
        ({"lastName": "Tanaka", "firstName": "Hanako"}, "ja", "Tanaka Hanako"),
        ({"lastName": "Tanaka", "firstName": "Hanako"}, "en", "Hanako Tanaka"),
        ({"lastName": "Smith", "firstName": "Ann", "locale": "en-US"}, "ja", "Ann Smith"),
        ({"last_name": "김", "first_name": "민준", "locale": "ko"}, "ja", "김민준"),
        ({"first_name": "Cher"}, "en", "Cher"),
        ({"name": 12}, "en", None),
        ({}, "ja", None),
    ],
)
def test_names_compose_by_locale(given_traits: dict[str, object], language: str, name: str | None) -> None:
    assert names.compose_name(given_traits, language) == name


def test_kana_is_full_width_katakana() -> None:
    assert names.compose_kana({"name_kana": "ﾀﾅｶ はなこ"}, "田中 花子") == "タナカ ハナコ"
    assert names.compose_kana({}, "さとー") == "サトー"
    assert names.compose_kana({}, "田中") is None


@settings(deadline=None)
@given(st.text("田中花子タナカたなaz09@.- ー", max_size=12), st.integers(0, 11), st.integers(1, 12))
def test_a_profile_has_the_tokens_of_each_part_of_its_fields(text: str, start: int, length: int) -> None:
    """Terms of three characters and more, and all with Japanese, are found anywhere; others at a word's start."""
    fields = search.search_fields(text, None, [], [])
    part = "".join(fields)[start : start + length].strip()
    terms = search.query_terms(part)
    if len(terms) == 1 and (len(terms[0]) > 2 or not terms[0].isascii()) and terms[0] in "".join(fields):
        assert set(search.term_tokens(1, terms[0])) <= set(search.search_tokens(1, fields))


def row(key: int, name: str, value: str, at_s: int) -> TraitRow:
    from datetime import timedelta

    return TraitRow(key, name, value, START + timedelta(seconds=at_s), 1, None)


@settings(deadline=None)
@given(st.permutations([row(1, "a", "1", 5), row(2, "a", "2", 5), row(3, "a", "9", 4), row(1, "b", "null", 9)]))
def test_merged_traits_do_not_depend_on_the_order(rows: list[TraitRow]) -> None:
    merged = traits.merge_traits(rows)
    assert {name: one.value for name, one in merged.items()} == {"a": "2"}


def test_values_that_a_database_cannot_keep_are_made_fit_or_dropped() -> None:
    assert traits.encode_value("a\0b") == '"ab"'
    assert traits.encode_value("\\u0000") == '"\\\\u0000"'
    assert traits.encode_value("x" * 9000) is None
    deep: object = 1
    for _ in range(40):
        deep = [deep]
    assert traits.encode_value(deep) is None
    assert traits.encode_value(["["] * 40) is not None
    assert dict(traits.encode_traits({"": 1, "a\n": 2, "ok": {"b": 1, "a": 2}})) == {"ok": '{"a":2,"b":1}'}


@pytest.mark.parametrize(
    ("value", "type_"),
    [
        (1, "number"),
        (True, "boolean"),
        ("x", "string"),
        ("2026-01-02", "date"),
        ("2026-01-02T03:04:05Z", "datetime"),
        ("2026-01-02 03:04", "datetime"),
        ([], "list"),
        ({}, "object"),
    ],
)
def test_traits_are_typed(value: object, type_: str) -> None:
    assert traits.type_trait(value) == type_


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(1, 30), st.integers(1, 30)), max_size=40))
def test_bulk_components_equal_a_naive_search(edges: list[tuple[int, int]]) -> None:
    import numpy as np

    for spread in (1, 1_000_003):  # dense keys, and keys so sparse that they are numbered first
        a = np.array([one * spread for one, _ in edges], np.int64)
        b = np.array([other * spread for _, other in edges], np.int64)
        keys, profile_keys = resolve_components(a, b)
        naive: dict[int, int] = {}
        for key in {key for edge in edges for key in edge}:
            side, _ = split_component([], edges, key)
            naive[key * spread] = side[0] * spread
        assert dict(zip(keys.tolist(), profile_keys.tolist(), strict=True)) == naive
