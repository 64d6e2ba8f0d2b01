"""Runs the areas named on the command line, or all; an area is a module here with ``run()``."""

import importlib
import pkgutil
import sys

import benchmarks

NOT_AREAS = {"report", "load", "peers", "consent_check", "lifetimes", "baskets", "dashboards", "__main__"}


def areas() -> list[str]:
    return sorted(info.name for info in pkgutil.iter_modules(benchmarks.__path__) if info.name not in NOT_AREAS)


def main() -> int:
    wanted = sys.argv[1:] or areas()
    unknown = sorted(set(wanted) - set(areas()))
    if unknown:
        print(f"no area {', '.join(unknown)}; there are: {', '.join(areas())}", file=sys.stderr)
        return 2
    for area in wanted:
        importlib.import_module(f"benchmarks.{area}").run()
    return 0


if __name__ == "__main__":
    sys.exit(main())
