"""``make faults``: every module here with ``run(rounds, seed)``, one after the other.

python -m tests.faults --rounds 50 --seed 1 [NAME…]
"""

import argparse
import importlib
import pkgutil
import sys
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Outcome:
    name: str
    seconds: float
    found: str
    failed: bool


def find_runs(names: list[str]) -> dict[str, Callable[[int, int], object]]:
    """The ``run`` of each module in this folder, by its name."""
    runs: dict[str, Callable[[int, int], object]] = {}
    for name in sorted(module.name for module in pkgutil.iter_modules([str(HERE)])):
        if not name.startswith("_") and (not names or name in names):
            run = getattr(importlib.import_module(f"tests.faults.{name}"), "run", None)
            if run is not None:
                runs[name] = run
    if unknown := set(names) - set(runs):
        sys.exit(f"There is no {', '.join(sorted(unknown))} in {HERE.name}/.")
    return runs


def try_run(name: str, run: Callable[[int, int], object], rounds: int, seed: int) -> Outcome:
    """Runs it; what it returns is its summary, what it raises is a fault found."""
    sys.stderr.write(f"{name}: {rounds} rounds, seed {seed}\n")
    started = time.monotonic()
    try:
        found = run(rounds, seed)
    except Exception as error:
        traceback.print_exc()
        return Outcome(name, time.monotonic() - started, str(error).partition("\n")[0][:200], True)
    return Outcome(name, time.monotonic() - started, str(found or f"{rounds} rounds, no fault"), False)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help="which to run; all without")
    parser.add_argument("--rounds", type=int, default=50)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    options = parser.parse_args()
    runs = find_runs(options.names)
    outcomes = [try_run(name, run, options.rounds, options.seed) for name, run in runs.items()]
    for outcome in outcomes:
        mark = "✗" if outcome.failed else "✓"
        sys.stdout.write(f"{mark} {outcome.name:20} {outcome.seconds:8.1f} s  {outcome.found}\n")
    sys.exit(any(outcome.failed for outcome in outcomes))


if __name__ == "__main__":
    main()
