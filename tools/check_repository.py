"""House rules that no linter knows, over the files git tracks.

Names of machines and registries, leftovers, sleeping tests, big files and SQL made by pasting strings
are refused, each with its line and the reason.
"""

import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
FILE_BYTES_MAX = 1_000_000
TEXT = {".py", ".ts", ".tsx", ".md", ".json", ".toml", ".lock", ".yml", ".yaml", ".sh", ".ini", ".css", ".html", ""}
ITSELF = "tools/check_repository.py"


@dataclass(frozen=True)
class Rule:
    pattern: re.Pattern[str]
    reason: str
    only: re.Pattern[str] = re.compile("")
    unless: re.Pattern[str] | None = None


RULES = [
    Rule(re.compile(r"(?<![A-Za-z.])/(?:work|farm|root)/[A-Za-z.]"), "names a path of one machine"),
    Rule(
        re.compile(r"pypi\.org|pythonhosted\.org|registry\.npmjs\.org|deb\.debian\.org"),
        "names a registry's host; clients know theirs",
    ),
    Rule(
        re.compile(r"\b(?:TODO|FIXME|XXX)\b|raise NotImplementedError"),
        "finish it, or leave it out",
        re.compile(r"\.(py|tsx?)$"),
    ),
    Rule(
        re.compile(r"\btime\.sleep\(|asyncio\.sleep\((?!0\))"),
        "a test that sleeps is slow or flaky: wait for the condition, or move the clock",
        re.compile(r"^tests/(?!faults/).*\.py$"),
        re.compile(r"# polls"),
    ),
    Rule(
        re.compile(r"@pytest\.mark\.(?:skip|xfail)\b(?!if)|\b(?:test|it|describe)\.skip\("),
        "a skipped test needs skipif with its reason",
        re.compile(r"\.(py|tsx?)$"),
    ),
    Rule(
        re.compile(r"""\.execute\(\s*f["']"""),
        "SQL made by pasting; bind values, or compose with psycopg.sql",
        re.compile(r"^src/kizuna/(?:domains|web|app)/"),
        re.compile(r'execute\(f"SET '),  # settings of DuckDB take no bound values
    ),
    Rule(re.compile(r"verify\s*=\s*False"), "certificates are always checked", re.compile(r"^src/")),
]


def tracked_files() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)
    return [ROOT / name for name in listed.stdout.split("\0") if name]


def faults_in(path: Path) -> list[str]:
    name = path.relative_to(ROOT).as_posix()
    if not path.is_file() or name == ITSELF:
        return []
    found: list[str] = []
    if path.stat().st_size > FILE_BYTES_MAX:
        found.append(f"{name}: larger than 1 MB; keep big files out of git")
    if path.name == "uv.lock":
        found.append(f"{name}: full of hosts; pin in requirements.lock")
    if path.suffix not in TEXT:
        return found
    for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), 1):
        for rule in RULES:
            skipped = rule.unless is not None and rule.unless.search(line)
            if rule.only.search(name) and rule.pattern.search(line) and not skipped:
                found.append(f"{name}:{number}: {rule.reason}: {line.strip()[:100]}")
    return found


def main() -> int:
    found = [fault for path in tracked_files() for fault in faults_in(path)]
    print("\n".join(found) if found else "house rules kept")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
