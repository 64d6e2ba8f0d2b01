"""The words of field classes as analysts' SQL is masked by: inside the engine, before any condition."""

import re
from collections.abc import Sequence

from kizuna.domains.privacy.contracts import FieldClass
from kizuna.domains.privacy.rules.field_classes import CONTAINED, EXACT, PERSON, PERSON_ALONE, pattern_of
from kizuna.domains.privacy.rules.sight import Sight
from kizuna.kernel.fields import FieldKind
from kizuna.kernel.lake import SqlKeys, SqlMask

_NAMES = ("name", "full_name", "display_name", "last_name", "family_name", "first_name", "given_name")


def make_sql_mask(sight: Sight) -> SqlMask | None:
    """What of the relations is left out for this sight; None for nothing.

    Stricter than pages where it must be: a list or object with one hidden member goes as a whole.
    """
    if sight.everything:
        return None
    hides_ids = not sight.contact
    return SqlMask(
        contact=not sight.contact,
        name=any(sight.hides("trait", name) for name in _NAMES),
        user_id=sight.hides("identifier", "user_id"),
        anonymous_id=sight.hides("identifier", "anonymous_id"),
        traits=_keys(sight, "trait", ["name", "id"] if hides_ids else []),
        properties=_keys(sight, "property", PERSON_ALONE if hides_ids else []),
    )


def _hidden_classes(sight: Sight) -> list[FieldClass]:
    classes: list[FieldClass] = list(CONTAINED)
    return [one for one in classes if not sight.sees(one)]


def _keys(sight: Sight, kind: FieldKind, whole: Sequence[str]) -> SqlKeys:
    names = [name for of, name in sight.overrides if of == kind]
    # Of a path the first part, for only members of the outermost object are looked at one by one.
    hidden = {re.split(r"[.\[]", name)[0] for name in names if sight.hides(kind, name)} - {"context"}
    opened = {name for name in names if not sight.hides(kind, name) and "." not in name} - hidden
    classes = _hidden_classes(sight)
    words = [word for one in classes for word in CONTAINED[one]]
    within = pattern_of(word for word in words if not word.endswith("$"))
    at_end = pattern_of(word.removesuffix("$") for word in words if word.endswith("$"))
    exact = pattern_of([*(word for one in classes for word in EXACT[one]), *whole, *map(re.escape, sorted(hidden))])
    patterns = [f'"[^"]*(?:{within}[^"]*|{at_end})"\\s*:', f'"(?:[^"]*\\.)?{exact}(?:\\.[^"]*)?"\\s*:']
    if not sight.contact:
        patterns.append(f'"{pattern_of(PERSON)}"\\s*:\\s*\\[?\\s*\\{{')
    return SqlKeys("(?i)" + "|".join(patterns), tuple(sorted(opened)))
