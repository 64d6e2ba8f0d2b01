"""House rules about what a program does, read from its syntax tree: statements that forget the workspace, SQL by
pasting, doors into the shell or the interpreter, certificates unchecked, calls without a time limit, secrets in logs.

A statement that rightly serves every workspace says why in a comment above it: ``# Unscoped: …``.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

TABLE = re.compile(r"CREATE (?:UNLOGGED )?TABLE (?:IF NOT EXISTS )?(\w+) \((.*?)\n\)", re.DOTALL)
VERB = re.compile(r"\b(?:SELECT|INSERT INTO|UPDATE|DELETE FROM|COPY)\b")
TARGET = re.compile(r"\b(?:FROM|JOIN|UPDATE|INTO|ONLY|COPY)\s+(\w+)")
SCOPED = re.compile(
    r"workspace_id\s*(?:=|IN|<>)\s*(?:ANY\s*)?\(?\s*(?:%|\(?SELECT kizuna_workspace_id)|%\(workspace_id\)s"
)
INSERTED = re.compile(r"\bINTO\s+\w+\s*(?:AS\s+\w+\s*)?\(\s*workspace_id\b|\bCOPY\s+\w+\s*\(\s*workspace_id\b")
UNSCOPED = re.compile(r"#\s*Unscoped: \S")
SQL = re.compile(r"\b(?:SELECT\b.*\bFROM|INSERT\s+INTO|UPDATE\b.*\bSET|DELETE\s+FROM|ALTER\s+TABLE|COPY)\b", re.DOTALL)
CONSTANT = re.compile(r"_?[A-Z][A-Z0-9_]*")
SECRET = re.compile(
    r"(?:^|_)(?:token|password|passphrase|secret|cookie|credential|authorization|key|csrf)s?(?:$|_(?!id|ids|count))",
    re.I,
)
LEVELS = {"debug", "info", "warning", "error", "exception", "critical", "log"}
HTTP = {
    "get",
    "post",
    "put",
    "patch",
    "delete",
    "head",
    "options",
    "request",
    "stream",
    "Client",
    "AsyncClient",
    "urlopen",
}
UNLIMITED = {"httpx", "requests", "urllib.request"}
FORBIDDEN = {
    "eval": "runs text as code",
    "exec": "runs text as code",
    "__import__": "use importlib with a name of ours",
    "os.system": "a shell; use subprocess with a list",
    "os.popen": "a shell; use subprocess with a list",
    "pickle.load": "runs what the data says; use msgspec or JSON",
    "pickle.loads": "runs what the data says; use msgspec or JSON",
    "marshal.loads": "runs what the data says; use msgspec or JSON",
    "yaml.load": "runs what the data says; use yaml.safe_load",
    "yaml.unsafe_load": "runs what the data says; use yaml.safe_load",
    "ssl._create_unverified_context": "certificates are always checked",
}

Fault = tuple[int, str]


def read_tenant_tables(migrations: Path) -> frozenset[str]:
    """Tables that have a ``workspace_id``, as the migrations make them."""
    found: set[str] = set()
    for path in migrations.glob("*.py"):
        for name, columns in TABLE.findall(path.read_text(encoding="utf-8")):
            if re.search(r"^\s*workspace_id\b", columns, re.MULTILINE):
                found.add(name)
    return frozenset(found)


def find_faults(source: str, tenants: frozenset[str], *, own_sql: bool = True) -> list[Fault]:
    """(line, reason) of everything in ``source`` that breaks a rule. Without ``own_sql`` the SQL is DuckDB's."""
    tree = ast.parse(source)
    lines = source.splitlines()
    found = [*_find_calls(tree)]
    if own_sql:
        found += [*_find_unscoped(tree, lines, tenants), *_find_pasted(tree)]
    return sorted(set(found))


def _find_unscoped(tree: ast.AST, lines: list[str], tenants: frozenset[str]) -> Iterator[Fault]:
    for node, text in _texts(tree):
        tables = tenants.intersection(TARGET.findall(text))
        if not tables or not VERB.search(text) or SCOPED.search(text) or INSERTED.search(text):
            continue
        if not _explained(lines, node.lineno):
            names = ", ".join(sorted(tables))
            yield node.lineno, f"SQL over {names} that does not bind workspace_id; do, or say why: # Unscoped: …"


def _explained(lines: list[str], number: int) -> bool:
    """In the comment directly above the statement, or above the call it is given to."""
    place = number - 2
    while place > 0 and lines[place].rstrip().endswith(("(", "[")):
        place -= 1
    while place >= 0 and lines[place].lstrip().startswith("#"):
        if UNSCOPED.search(lines[place]):
            return True
        place -= 1
    return False


def _texts(tree: ast.AST) -> Iterator[tuple[ast.expr, str]]:
    """All strings that are values, with ``{}`` for what is put into f-strings; no docstrings."""
    inside: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            inside.update(id(part) for part in ast.walk(node) if part is not node)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            inside.add(id(node.value))
    for node in ast.walk(tree):
        if id(node) not in inside and (text := _text_of(node)) is not None:
            assert isinstance(node, ast.expr)
            yield node, text


def _text_of(node: ast.AST) -> str | None:
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else None
    if isinstance(node, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values)
    return None


def _find_pasted(tree: ast.AST) -> Iterator[Fault]:
    reason = "SQL made by pasting; bind values, or compose with psycopg.sql"
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr) and SQL.search(_text_of(node) or ""):
            parts = [part.value for part in node.values if isinstance(part, ast.FormattedValue)]
            if not all(_is_constant(part) for part in parts):
                yield node.lineno, reason
        elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Mod):
            sides = (node.left, node.right)
            if any(SQL.search(_text_of(side) or "") for side in sides) and not all(_is_constant(one) for one in sides):
                yield node.lineno, reason
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            if node.func.attr in ("format", "join", "replace") and SQL.search(_text_of(node.func.value) or ""):
                yield node.lineno, reason
            if node.func.attr in ("execute", "executemany", "copy") and node.args and _is_pasted(node.args[0]):
                yield node.lineno, reason


def _is_pasted(query: ast.expr) -> bool:
    """What is given to ``execute`` and was put together on the spot."""
    if isinstance(query, ast.JoinedStr):
        return not all(_is_constant(part.value) for part in query.values if isinstance(part, ast.FormattedValue))
    if isinstance(query, ast.BinOp):
        return not (_is_constant(query.left) and _is_constant(query.right))
    return False


def _is_constant(node: ast.expr) -> bool:
    """A literal, a constant of the module, or a choice among such."""
    if isinstance(node, ast.JoinedStr):
        return all(_is_constant(part.value) for part in node.values if isinstance(part, ast.FormattedValue))
    if isinstance(node, ast.IfExp):
        return _is_constant(node.body) and _is_constant(node.orelse)
    if isinstance(node, ast.BinOp):
        return _is_constant(node.left) and _is_constant(node.right)
    name = node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else None
    return isinstance(node, ast.Constant) or (name is not None and CONSTANT.fullmatch(name) is not None)


def _find_calls(tree: ast.AST) -> Iterator[Fault]:
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        name = ast.unparse(node.func)
        given = {word.arg: word.value for word in node.keywords}
        if name in FORBIDDEN:
            yield node.lineno, f"{name}: {FORBIDDEN[name]}"
        if _is(given.get("verify"), False) or _is(given.get("check_hostname"), False):
            yield node.lineno, "certificates are always checked"
        if _is(given.get("shell"), True):
            yield node.lineno, "a shell; give the command as a list"
        if name.startswith("subprocess.") and node.args and not _is_list(node.args[0]):
            yield node.lineno, "a command in one string; give it as a list"
        module, _, function = name.rpartition(".")
        if module in UNLIMITED and function in HTTP and "timeout" not in given:
            yield node.lineno, "a call over the network without a timeout"
        if function in LEVELS and re.search(r"log(?:ger|ging)?$", module, re.I):
            yield from _find_logged(node)


def _is(value: ast.expr | None, wanted: bool) -> bool:
    return isinstance(value, ast.Constant) and value.value is wanted


def _is_list(node: ast.expr) -> bool:
    """Not text: a list, or a name whose value is made elsewhere."""
    return not (isinstance(node, ast.JoinedStr | ast.BinOp) or _text_of(node) is not None)


def _find_logged(call: ast.Call) -> Iterator[Fault]:
    for given in [*call.args, *(word.value for word in call.keywords)]:
        for node in ast.walk(given):
            name = node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else None
            if name is not None and SECRET.search(name):
                yield call.lineno, f"a secret in a log: {name}; log its id or nothing"
    for word in call.keywords:
        if isinstance(word.value, ast.Dict):
            for key in word.value.keys:
                if isinstance(key, ast.Constant) and SECRET.search(str(key.value)):
                    yield call.lineno, f"a secret in a log: {key.value}; log its id or nothing"
