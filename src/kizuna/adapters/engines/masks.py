"""Columns of the relations as somebody with less than full sight has them.

The words come with the mask (``kernel.lake.SqlMask``); here they become macros of DuckDB, which no query may
name. An event without any hidden key, as most are, costs one pass of a regular expression.
"""

from __future__ import annotations

import duckdb

from kizuna.kernel.lake import SqlKeys, SqlMask

_HIDDEN = "'•••'"
_ADDRESS = r"""[^\s@"\\/?&=#:,;<>]+(?:@|%40)[^\s@"\\/?&=#:,;<>]+\.\pL{2,}"""
# Not within numbers: 1.0312345678 must stay one.
_PHONE = r"(^|[^\w.])(?:\+[1-9][0-9() \-]{7,18}[0-9]|0[0-9]{1,4}-[0-9]{1,4}-[0-9]{3,4}\b|0[1-9][0-9]{8,9}\b)"
_QUERY = r"""([?&#;][^=&#\s"\\?;]+=)[^&#\s"\\]+"""

# Keys written as \u6c0f\u540d would pass by the words: DuckDB writes them out when it parses the text.
_PLAIN = "CASE WHEN contains(t, '\\u') THEN json(t)::VARCHAR ELSE t::VARCHAR END"

_MEMBER = "to_json(k)::VARCHAR || ':' || json_extract(t, '$.' || to_json(k)::VARCHAR)::VARCHAR"
_KEEP = """
    '{{' || coalesce(array_to_string(list_filter(list_transform(json_keys(t), lambda k:
        CASE WHEN {opened} OR NOT regexp_matches({member}, {pattern}) THEN {member} END
    ), lambda member: member IS NOT NULL), ','), '') || '}}'
"""

# What client libraries send about the page and the program, and nothing about the person or the device.
_CONTEXT_KEPT = ("app", "campaign", "library", "locale", "os", "page", "screen", "timezone")


def make_macros(connection: duckdb.DuckDBPyConnection, mask: SqlMask | None) -> None:
    """Makes what the columns below use."""
    if mask is None:
        return
    scrubbed = "t"
    if mask.contact:
        for pattern, instead in ((_QUERY, "'\\1•••'"), (_ADDRESS, _HIDDEN), (_PHONE, "'\\1•••'")):
            scrubbed = f"regexp_replace({scrubbed}, {_quote(pattern)}, {instead}, 'g')"
    connection.execute(f"CREATE MACRO kizuna_scrub(t) AS {scrubbed}")
    connection.execute(f"CREATE MACRO kizuna_plain(t) AS {_PLAIN}")
    for name, keys in (("traits", mask.traits), ("properties", mask.properties)):
        connection.execute(f"CREATE MACRO kizuna_kept_{name}(t) AS {_kept(keys)}")
        pattern = _quote(keys.pattern)
        connection.execute(
            f"CREATE MACRO kizuna_{name}(t) AS kizuna_scrub("
            f"CASE WHEN regexp_matches(t, {pattern}) THEN kizuna_kept_{name}(t) ELSE t END)"
        )


def _kept(keys: SqlKeys) -> str:
    opened = f"k IN ({', '.join(map(_quote, keys.opened))})" if keys.opened else "false"
    return _KEEP.format(opened=opened, member=_MEMBER, pattern=_quote(keys.pattern))


def event_columns(mask: SqlMask | None) -> tuple[str, ...]:
    """From ``user_id`` to ``context``, of a table called ``e``."""
    if mask is None:
        return ("e.user_id", "e.anonymous_id", "e.session_id", "e.properties", "e.context")
    properties = """
        CASE WHEN e.type IN ('identify', 'group') THEN kizuna_traits(kizuna_plain(e.properties))
        ELSE kizuna_properties(kizuna_plain(e.properties)) END AS properties
    """
    kept = ", ".join(f"{_quote(name)}, json_extract(e.context, '$.{name}')" for name in _CONTEXT_KEPT)
    context = (
        f"kizuna_properties(kizuna_plain(json_object({kept}))) AS context"
        if mask.contact
        else ("kizuna_properties(kizuna_plain(e.context)) AS context")
    )
    return (
        _masked_id("e.user_id", "user_id") if mask.user_id else "e.user_id",
        _masked_id("e.anonymous_id", "anonymous_id") if mask.anonymous_id else "e.anonymous_id",
        "e.session_id",
        properties,
        context,
    )


def _masked_id(column: str, name: str) -> str:
    kept = f"least(4, length({column}) // 2)"
    return f"CASE WHEN {kept} > 0 THEN '••••' || right({column}, {kept}) ELSE {column}[:0] || {_HIDDEN} END AS {name}"


def profile_columns(mask: SqlMask | None) -> tuple[str, ...]:
    columns = ["profile_id", "profile_key", "name", "identified", "first_seen", "last_seen", "traits", "identifiers"]
    if mask is None:
        return tuple(columns)
    if mask.name:
        columns[2] = f"name[:0] || {_HIDDEN} AS name"  # null stays null
    columns[6] = "kizuna_traits(kizuna_plain(traits)) AS traits"
    if mask.contact or mask.user_id or mask.anonymous_id:
        types = "list_transform(from_json(identifiers, '[[\"VARCHAR\"]]'), lambda one: [one[1], '•••'])"
        columns[7] = f"to_json({types}) AS identifiers"
    return tuple(columns)


def _quote(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
