"""Chunks as arrays."""

from kizuna.domains.collect.rules.chunks import Counts, write_chunk
from kizuna.domains.collect.rules.events import ACTIVE, NO_TIME, Events
from kizuna.domains.collect.service.columns import Columns

SOURCES = {1: "web", 2: "store"}
NAME_IDS = {"Viewed": 11, "Added": 12, "Bought": 13}


def make_chunk(source: int, *named: tuple[str, str, tuple[int, ...]]) -> Columns:
    """A chunk of (message id, event name, node keys)."""
    ids, names, keys = ([one[place] for one in named] for place in range(3))
    count = len(named)
    events = Events(
        indexes=list(range(count)),
        sources=[source] * count,
        message_ids=ids,
        digests=[b""] * count,
        types=["track"] * count,
        names=names,
        times=[1_775_034_000_000_000 + place for place in range(count)],
        received=[1_775_034_001_000_000] * count,
        originals=[NO_TIME] * count,
        sessions=[None] * count,
        named=[(f"u-{id_}", None) for id_ in ids],
        properties=[f'{{"id":"{id_}"}}'.encode() for id_ in ids],
        contexts=[b'{"locale":"ja-JP"}'] * count,
        flags=[2 | ACTIVE] * count,
        set_aside=[None] * count,
    )
    return Columns.read(write_chunk(events, keys, ["[]"] * count, {source: Counts(refused=1)}, 1))


PARTS = [
    make_chunk(1, ("m1", "Viewed", (7,)), ("m2", "Added", (7, 8))),
    make_chunk(2, ("m3", "Bought", (9,))),
    make_chunk(1, ("m4", "Added", (3, 4, 5)), ("m5", "Viewed", (7, 8))),
]


def test_joined_chunks_are_the_rows_of_each() -> None:
    joined = Columns.join(PARTS).to_arrow(NAME_IDS, SOURCES)
    alone = [part.to_arrow(NAME_IDS, SOURCES) for part in PARTS]
    assert joined.to_pylist() == [row for table in alone for row in table.to_pylist()]
    assert joined.column("message_id").to_pylist() == ["m1", "m2", "m3", "m4", "m5"]


def test_counts_stay_with_their_chunks() -> None:
    assert Columns.join(PARTS).chunk.counts == {}


def test_picked_events_keep_all_they_had() -> None:
    joined = Columns.join(PARTS)
    rows = joined.to_arrow(NAME_IDS, SOURCES).to_pylist()
    picked = joined.pick([4, 1, 3])
    assert picked.to_arrow(NAME_IDS, SOURCES).to_pylist() == [rows[4], rows[1], rows[3]]
    assert Columns.read(picked.write()).keys.tolist() == [7, 8, 7, 8, 3, 4, 5]
