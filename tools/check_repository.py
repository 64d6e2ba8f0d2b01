"""House rules that no linter knows, over the files git tracks.

Names of machines and registries, leftovers, sleeping tests, big files, HTML made by pasting strings, and what
``check_code`` finds in the program are refused, each with its line and the reason.
"""

import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
from tools.check_code import find_faults, read_tenant_tables

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
        re.compile(
            r"dangerouslySetInnerHTML|\.(?:inner|outer)HTML\s*\+?=(?!=)|insertAdjacentHTML|document\.write(?:ln)?\("
            r"|\beval\(|\bnew Function\(|\bset(?:Timeout|Interval)\(\s*[\"'`]"
        ),
        "text that becomes HTML or code; make elements and set their textContent",
        re.compile(r"^(?:web|sdk)/src/.*\.(?:tsx?|js)$"),
    ),
]

DUCKDB = re.compile(
    r"^src/kizuna/(?:adapters/(?:engines|lake)/|conditions/compile_sql/|domains/analytics/(?:metrics|queries)/|domains/collect/repository/order_lines\.py)"
)
"""SQL of another database, which knows no workspaces: each lake is a folder of its own."""


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


def code_faults(path: Path, tenants: frozenset[str]) -> list[str]:
    """What the program does that it should not; migrations make the tables and are not asked."""
    name = path.relative_to(ROOT).as_posix()
    if path.suffix != ".py" or not name.startswith("src/") or "/migrations/" in name or not path.is_file():
        return []
    faults = find_faults(path.read_text(encoding="utf-8"), tenants, own_sql=not DUCKDB.search(name))
    return [f"{name}:{line}: {reason}" for line, reason in faults]


def main() -> int:
    tenants = read_tenant_tables(ROOT / "src" / "kizuna" / "migrations" / "versions")
    found = [fault for path in tracked_files() for fault in (*faults_in(path), *code_faults(path, tenants))]
    print("\n".join(found) if found else "house rules kept")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
