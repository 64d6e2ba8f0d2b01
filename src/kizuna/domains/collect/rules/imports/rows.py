"""One row, one event: imports of profiles and of events."""

from __future__ import annotations

from typing import Any

import numpy as np

from kizuna.domains.collect.contracts import CALL_NAMES, MESSAGE_ID_CHARS_MAX, NAME_CHARS_MAX
from kizuna.domains.collect.rules.imports.arrow import Strings, pa, pc
from kizuna.domains.collect.rules.imports.columns import (
    Times,
    encode_json,
    join_object,
    read_texts,
    read_times,
)
from kizuna.domains.collect.rules.imports.plans import (
    Block,
    EventColumns,
    Plan,
    Refusals,
    name_message,
    name_rows,
    read_identifiers,
    refuse_times,
)

PROPERTIES_BYTES_MAX = 262_144
_TRAIT_IDENTIFIERS = ("email", "phone")


def read_profiles(block: Block, plan: Plan, refusals: Refusals) -> EventColumns:
    """Rows as ``identify`` calls. Without a column for the time, what a row says is true from now on."""
    found = read_identifiers(block, plan, refusals)
    _refuse_nobody(found, refusals)
    times = _read_times(block, plan, refusals)
    us = np.where(times.filled, times.us, plan.now_us) if times else np.full(len(block.rows), plan.now_us)
    parts = [(name, encode_json(found[name])) for name in _TRAIT_IDENTIFIERS if name in found]
    parts += [(name, encode_json(block.column(c), plan.types[c])) for name, c in plan.open_fields("trait.")]
    properties = join_object(parts, len(block.rows))
    _refuse_large(properties, refusals)
    names = [CALL_NAMES["identify"]] * len(block.rows)
    ids = name_rows(plan.source_id, plan.kind, block.columns)
    return _kept(EventColumns(block.rows, "identify", names, ids, us, _lists(found), properties.to_pylist()), refusals)


def read_events(block: Block, plan: Plan, refusals: Refusals) -> EventColumns:
    """Rows as ``track`` calls."""
    found = read_identifiers(block, plan, refusals)
    _refuse_nobody(found, refusals)
    times = _read_times(block, plan, refusals)
    assert times is not None  # check_mapping asks for it
    refusals.add(~times.filled, "no_time")
    names = _read_names(block, plan, refusals)
    parts = [(name, encode_json(block.column(c), plan.types[c])) for name, c in plan.open_fields("property.")]
    properties = join_object(parts, len(block.rows))
    _refuse_large(properties, refusals)
    session = plan.columns.get("session_id")
    events = EventColumns(
        block.rows,
        "track",
        names,
        _read_message_ids(block, plan),
        times.us,
        _lists(found),
        properties.to_pylist(),
        None if session is None else read_texts(block.column(session)).to_pylist(),
    )
    return _kept(events, refusals)


def _read_times(block: Block, plan: Plan, refusals: Refusals) -> Times | None:
    column = plan.columns.get("time")
    if column is None:
        return None
    times = read_times(block.column(column), plan.zone, day_first=plan.day_first)
    refuse_times(times, column, block.column(column), plan, refusals)
    return times


def _read_names(block: Block, plan: Plan, refusals: Refusals) -> list[str]:
    column = plan.columns.get("event")
    if column is None:
        return [plan.event_name or ""] * len(block.rows)
    texts = pc.utf8_slice_codeunits(read_texts(block.column(column)), 0, NAME_CHARS_MAX)
    if plan.event_name:
        texts = pc.fill_null(texts, plan.event_name)
    refusals.add(pc.is_null(texts).to_numpy(zero_copy_only=False), "no_event", column)
    return pc.fill_null(texts, "").to_pylist()


def _read_message_ids(block: Block, plan: Plan) -> list[str]:
    column = plan.columns.get("message_id")
    if column is None:
        return name_rows(plan.source_id, plan.kind, block.columns)
    given = read_texts(block.column(column)).to_pylist()
    if None in given:
        given = [g or made for g, made in zip(given, name_rows(plan.source_id, plan.kind, block.columns), strict=True)]
    return [
        text if len(text) <= MESSAGE_ID_CHARS_MAX else name_message(plan.source_id, plan.kind, text) for text in given
    ]


def _refuse_nobody(found: dict[str, Strings], refusals: Refusals) -> None:
    nobody = np.ones(len(refusals.rows), dtype=np.bool_)
    for texts in found.values():
        nobody &= pc.is_null(texts).to_numpy(zero_copy_only=False)
    refusals.add(nobody, "no_customer")


def _refuse_large(properties: Strings, refusals: Refusals) -> None:
    large = pc.greater(pc.binary_length(properties), PROPERTIES_BYTES_MAX).to_numpy(zero_copy_only=False)
    refusals.add(large, "properties_too_large", values=pa.array([f"{PROPERTIES_BYTES_MAX:,}"] * len(large)))


def _lists(found: dict[str, Strings]) -> dict[str, list[str | None]]:
    return {type_: texts.to_pylist() for type_, texts in found.items()}


def _kept(events: EventColumns, refusals: Refusals) -> EventColumns:
    """Only the events of rows that were not refused."""
    if not refusals.bad.any():
        return events
    places = np.flatnonzero(~refusals.bad)

    def pick(values: list[Any]) -> list[Any]:
        return [values[place] for place in places]

    return EventColumns(
        events.rows[places],
        events.type,
        pick(events.names),
        pick(events.message_ids),
        events.times_us[places],
        {type_: pick(values) for type_, values in events.identifiers.items()},
        pick(events.properties),
        None if events.session_ids is None else pick(events.session_ids),
    )
