"""Makes the reference pages of the documentation from the code, so that they cannot be wrong.

    python -m tools.make_reference

writes ``docs/reference/`` (which git ignores) and copies the repository's own pages that belong on the
site. Nothing is started and no database is needed.
"""

import ast
import re
import tempfile
from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise
from pathlib import Path

import click
from tools.reference_conditions import conditions_page
from tools.reference_http import http_page
from tools.reference_metrics import metrics_page

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
NOTE = "\n<!-- Made by tools/make_reference.py; edit the code it is made of. -->\n"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table; bars and line breaks in cells are made harmless."""
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    lines += ["| " + " | ".join(_cell(text) for text in row) + " |" for row in rows]
    return "\n".join(lines) + "\n"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("``", "`").replace("|", "\\|")


def settings_page() -> str:
    from kizuna.kernel.settings import SETTINGS_DOC

    rows = [(f"`{name}`", f"`{default}`", meaning) for name, (default, meaning) in SETTINGS_DOC.items()]
    return (
        "# Settings\n\nSettings come from the environment, and from nowhere else. Each `KIZUNA_X` may be given as "
        "`KIZUNA_X_FILE` instead, the path of a file that holds the value, as container platforms mount "
        "secrets.\n\n" + table(("setting", "default", "meaning"), rows)
    )


def cli_page() -> str:
    from kizuna.app.cli import main

    parts = [
        "# Command line\n\nEvery command reads the [settings](settings.md). Errors are one sentence on stderr that "
        "says what to do; the exit code is then 1.\n"
    ]
    parts += [_command(f"kizuna {path}", command) for path, command in commands_of(main)]
    return "\n".join(parts)


def commands_of(group: click.Group, prefix: str = "") -> list[tuple[str, click.Command]]:
    """All commands with their full names, in the order of the alphabet; hidden ones are left out."""
    found: list[tuple[str, click.Command]] = []
    for name, command in sorted(group.commands.items()):
        if command.hidden:
            continue
        if isinstance(command, click.Group):
            found += commands_of(command, f"{prefix}{name} ")
        else:
            found.append((prefix + name, command))
    return found


def _command(name: str, command: click.Command) -> str:
    context = click.Context(command, info_name=name)
    usage = " ".join(command.collect_usage_pieces(context))
    text = re.sub(r"(?m)^ {4}", "", (command.help or "").replace("\b\n", "")).strip()
    arguments = [one for one in command.params if isinstance(one, click.Argument) and one.help]
    options = [one for one in command.params if isinstance(one, click.Option) and not one.hidden]
    rows = [(f"`{one.human_readable_name}`", one.help or "") for one in arguments]
    rows += [("`" + "`, `".join(one.opts) + "`", _option_help(one)) for one in options]
    described = table(("option", "meaning"), rows) if rows else ""
    return f"## {name}\n\n```\n{name} {usage}\n```\n\n{text}\n\n{described}"


def _option_help(option: click.Option) -> str:
    text = (option.help or "").strip()
    choices = f" One of {', '.join(option.type.choices)}." if isinstance(option.type, click.Choice) else ""
    shown = option.show_default and option.default is not None
    return text + choices + (f" Default: `{option.default}`." if shown else "")


def permissions_page() -> str:
    from kizuna.app.modules import load_registry
    from kizuna.domains.workspace.rules.roles import ROLES

    registry = load_registry()
    held = {role: registry.permissions_of_role(role) for role in ROLES}
    rows = [
        (f"`{name}`", permission.description, *("●" if name in held[role] else "" for role in ROLES))
        for name, permission in registry.permissions.items()
    ]
    return (
        "# Permissions by role\n\nEach domain declares the permissions it asks for and the roles that hold them. "
        "Owner and admin hold all; only an owner may make or change an owner. An API key holds the "
        "permissions it was given as scopes.\n\n" + table(("permission", "what it allows", *ROLES), rows)
    )


def lake_page() -> str:
    from kizuna.adapters.lake import open_lake
    from kizuna.kernel.settings import read_settings

    with tempfile.TemporaryDirectory() as folder:
        lake = open_lake(read_settings({"KIZUNA_DATA_DIR": folder, "KIZUNA_SECRET_KEY": "reference"}))
        relations = lake.relations()
    parts = [
        "# Tables for SQL\n\nWhat `kizuna query` and the SQL page may read. A query sees one workspace. Steps and "
        "examples: [Ask with SQL](../how-to/sql.md).\n"
    ]
    for relation in relations:
        rows = [(f"`{column.name}`", column.type) for column in relation.columns]
        parts.append(f"## {relation.name}\n\n{relation.description}\n\n" + table(("column", "type"), rows))
    return "\n".join(parts)


def identifiers_page() -> str:
    from kizuna.domains.profiles.rules import identifiers, links

    ordered = sorted(identifiers._RANKS, key=identifiers.rank_type)
    external = ordered.index(identifiers.DEVICE_ID)
    names = [f"`{name}`" for name in ordered]
    names[external:external] = ["external ids of persons, by name", "external ids of devices, by name"]
    blocked = sorted(identifiers._BLOCKED_ANY_CASE - {""}) + sorted(identifiers._BLOCKED_EXACT)
    reasons = _documented_constants(Path(links.__file__))
    limits = [(f"`{name}`", str(limit)) for name, limit in identifiers.LIMITS.items()]
    return "\n".join(
        [
            "# Identifiers\n\nHow they work together: [Who is who](../explanation/identity.md).\n\n## Priority\n",
            "\n".join(f"{number}. {name}" for number, name in enumerate(names, 1)),
            "\nA profile is *identified* when it has one of: "
            + ", ".join(f"`{name}`" for name in ordered if name in identifiers.IDENTIFIED_TYPES)
            + ".\n\n## Limits\n",
            table(
                ("what", "at the most"),
                [
                    *limits,
                    ("any other type, by automatic links", str(identifiers.LIMIT_DEFAULT)),
                    ("identifiers of a profile", f"{identifiers.IDENTIFIERS_PER_PROFILE_MAX:,}"),
                    ("identifiers of an event that count", str(identifiers.IDENTIFIERS_PER_EVENT_MAX)),
                    ("characters of a value", str(identifiers.VALUE_CHARS_MAX)),
                ],
            ),
            "## Values that never identify anybody\n\n"
            + ", ".join(f"`{value}`" for value in blocked)
            + "; the same in quotes; anything made of zeros and hyphens only. The words are blocked in any case.\n",
            "## Reasons for which an identifier is not joined\n",
            table(("reason", "why"), reasons),
        ]
    )


def tracking_page() -> str:
    from kizuna.domains.collect import contracts
    from kizuna.domains.collect.endpoints.tracking import CALLS

    limits = [
        ("body after gunzip", f"{contracts.BODY_BYTES_MAX:,} bytes"),
        ("events of a batch", f"{contracts.ITEMS_PER_BODY_MAX:,}"),
        ("one event", f"{contracts.ITEM_BYTES_MAX:,} bytes"),
        ("event name", f"{contracts.NAME_CHARS_MAX} characters"),
        ("message id", f"{contracts.MESSAGE_ID_CHARS_MAX} characters"),
        ("an id", f"{contracts.ID_CHARS_MAX} characters"),
        ("nesting of properties", f"{contracts.DEPTH_MAX} levels"),
        ("ahead of our clock before an event is set aside", f"{contracts.FUTURE_S_MAX // 3600} hours"),
        ("event names of a workspace in the catalogue", f"{contracts.NAMES_MAX:,}"),
    ]
    calls = [(f"`POST /v1/{path}`", call or "a batch of calls") for path, call in CALLS.items()]
    names = [(call, f"`{name}`") for call, name in contracts.CALL_NAMES.items()]
    codes = [(f"`{code}`", sentence) for code, sentence in sorted(refusal_codes().items())]
    return "\n".join(
        [
            "# Tracking API\n\nTakes what Segment's clients send; set-up and examples: "
            "[Segment clients](../how-to/segment-clients.md). What happens to an event: "
            "[The life of an event](../explanation/life-of-an-event.md).\n\n## Calls\n",
            table(("address", "takes"), calls),
            "## Names\n\nA `track` call names its event. The others become events named:\n",
            table(("call", "event"), names),
            "## Limits\n",
            table(("what", "at the most"), limits),
            "## Why an event or a body is refused\n",
            table(("code", "sentence (… stands for what is filled in)"), codes),
        ]
    )


def refusal_codes() -> dict[str, str]:
    """Code → sentence of everything for which the tracking API leaves an event out."""
    folder = ROOT / "src" / "kizuna" / "domains" / "collect"
    files = [*(folder / "rules").glob("*.py"), folder / "service" / "intake.py", folder / "endpoints" / "tracking.py"]
    found: dict[str, str] = {}
    for path in files:
        for name, args in _calls_with_code(path):
            if name in ("BadBody", "BadItem", "ItemRefused"):
                found.setdefault(args[0], args[1])
            elif name == "Answer":
                found.setdefault(args[1], args[2])
    return {code: text for code, text in found.items() if code.isidentifier()}


OPEN_FIELDS = {
    "id.": "an identifier of another system, by its type: `id.loyalty_card`",
    "trait.": "any other column of a profile, by its own name",
    "property.": "any other column of an event or an order, by its own name",
    "product.": "any other column of an order's line, by its own name",
}


def imports_page() -> str:
    from kizuna.domains.collect.rules.imports import fields

    parts = [
        "# Import fields\n\nWhat a column of a file may become. A column named like one of the known headers is "
        "mapped by itself; spaces, width, case and punctuation of headers do not matter. Steps: "
        "[Import files](../how-to/import-files.md).\n"
    ]
    for kind in fields.KINDS:
        known = fields._SYNONYMS[kind]
        rows = [(f"`{field}`", ", ".join(known.get(field, ()))) for field in fields.FIELDS[kind]]
        rows += [(f"`{field}`", ", ".join(names)) for field, names in known.items() if field not in fields.FIELDS[kind]]
        rows += [(f"`{prefix}…`", OPEN_FIELDS[prefix]) for prefix in fields.OPEN_PREFIXES[kind]]
        parts.append(f"## {kind}\n\n" + table(("field", "headers that are recognised"), rows))
    return "\n".join(parts)


def _documented_constants(path: Path) -> list[tuple[str, str]]:
    """(value, docstring) of the text constants of a file that have a string below them."""
    body = ast.parse(path.read_text(encoding="utf-8")).body
    found: list[tuple[str, str]] = []
    for node, after in pairwise(body):
        match node, after:
            case ast.Assign(value=ast.Constant(value=str(value))), ast.Expr(value=ast.Constant(value=str(text))):
                found.append((f"`{value}`", text))
            case _:
                pass
    return found


def errors_page() -> str:
    from kizuna.web.problems import STATUS, TITLES

    rows = [(f"`{kind}`", str(status), TITLES[status]) for kind, status in STATUS.items()]
    codes = [
        (f"`{code}`", f"`{kind}`", "(made for the case)" if message == "…" else message)
        for code, (kind, message) in sorted(error_codes().items())
    ]
    return (
        "# Errors\n\nEvery error answer is `application/problem+json` (RFC 9457) with `kind`, `code`, a sentence in "
        "`detail` that says what to do, `errors` by field, and the `request_id` that the logs carry too. Kinds and "
        "codes are stable; sentences may change.\n\n## Kinds\n\n"
        + table(("kind", "status", "title"), rows)
        + "\n## Codes\n\n"
        + table(("code", "kind", "sentence (… stands for what is filled in)"), codes)
    )


def error_codes() -> dict[str, tuple[str, str]]:
    """Code → (kind, sentence) of every Kizuna error that is raised with literal text anywhere in the code."""
    from kizuna.kernel import errors

    kinds = {kind.__name__: kind.kind for kind in vars(errors).values() if hasattr(kind, "kind")}
    found: dict[str, tuple[str, str]] = {}
    for path in sorted((ROOT / "src").rglob("*.py")):
        for name, args in _calls_with_code(path):
            if name in kinds:
                found.setdefault(args[0], (kinds[name], args[1]))
    return {code: error for code, error in found.items() if code.isidentifier()}


def _calls_with_code(path: Path) -> Iterable[tuple[str, list[str]]]:
    """(name, texts of the arguments) of every call in a file that has two arguments or more."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    constants = {
        target.id: node.value
        for node in tree.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and len(node.args) >= 2:
            name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
            args = [constants.get(arg.id, arg) if isinstance(arg, ast.Name) else arg for arg in node.args]
            yield name, [_sentence(arg) for arg in args]


def _sentence(node: ast.expr) -> str:
    if isinstance(node, ast.Constant):
        return str(node.value)
    if isinstance(node, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else "…" for part in node.values)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return _sentence(node.left) + _sentence(node.right)
    return "…"


PAGES: dict[str, tuple[str, Callable[[], str]]] = {
    "settings.md": ("Settings", settings_page),
    "cli.md": ("Command line", cli_page),
    "http-api.md": ("HTTP API", http_page),
    "permissions.md": ("Permissions by role", permissions_page),
    "tracking.md": ("Tracking API", tracking_page),
    "conditions.md": ("Conditions", conditions_page),
    "metrics.md": ("Metrics and engines", lambda: metrics_page(table)),
    "imports.md": ("Import fields", imports_page),
    "identifiers.md": ("Identifiers", identifiers_page),
    "tables.md": ("Tables for SQL", lake_page),
    "errors.md": ("Errors", errors_page),
}

COPIES = {"ARCHITECTURE.md": "explanation/architecture.md", "CONTRIBUTING.md": "explanation/contributing.md"}


def index_page() -> str:
    listed = "\n".join(f"- [{title}]({name})" for name, (title, _) in PAGES.items())
    return f"# Reference\n\nExact facts, made from the code of this version.\n\n{listed}\n"


def copy_page(text: str) -> str:
    """A page of the repository's root as a page of the site: links into ``docs/`` stay links, other
    files become plain text, for the site does not hold them."""
    for name, copied in COPIES.items():
        text = re.sub(rf"\]\({re.escape(name)}", f"](../{copied}", text)
    text = re.sub(r"\]\(docs/", "](../", text)
    return re.sub(r"\[([^\]]+)\]\((?!\.\./|#|https?:)[^)]+\)", r"\1", text)


def main(docs: Path = DOCS) -> None:
    folder = docs / "reference"
    folder.mkdir(exist_ok=True)
    (folder / "index.md").write_text(index_page() + NOTE, encoding="utf-8")
    for name, (_, make) in PAGES.items():
        (folder / name).write_text(make() + NOTE, encoding="utf-8")
    for name, copied in COPIES.items():
        text = (ROOT / name).read_text(encoding="utf-8")
        (docs / copied).write_text(copy_page(text) + NOTE, encoding="utf-8")


if __name__ == "__main__":
    main()
