"""The short form of ``kill_nine``: a few rounds, of one seed."""

from tests.faults import kill_nine


def test_nothing_acknowledged_is_lost_or_doubled() -> None:
    result = kill_nine.run(rounds=3, seed=7, say=lambda _: None)
    assert sum(result["killed"].values()) == 3
    assert result["in_lake"] >= result["acknowledged"] > 0
