"""The short form of ``kill_segments``: a few rounds, of one seed."""

from tests.faults import kill_segments


def test_segments_are_true_after_kills() -> None:
    result = kill_segments.run(rounds=3, seed=5, say=lambda _: None, build=False)
    assert sum(result["killed"].values()) == 3
    assert result["segments"] == 4
    assert result["moves"] > 0
