"""What one member, key or job may see of customers, and everything as they may see it.

All values that leave Kizuna go through ``Sight``; who sees everything costs nothing.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

import msgspec

from kizuna.domains.privacy.contracts import FIELD_CLASSES, FieldClass, Shown
from kizuna.domains.privacy.rules.field_classes import class_by_name, class_of, decision_about
from kizuna.domains.privacy.rules.masking import HIDDEN, mask_key, mask_value, scrub_text
from kizuna.kernel.context import Actor
from kizuna.kernel.fields import FieldKind

Overrides = Mapping[tuple[FieldKind, str], FieldClass]

CONTACT = "contact.read"
SENSITIVE = "sensitive.read"

_IDS = {
    "userId": "user_id",
    "user_id": "user_id",
    "anonymousId": "anonymous_id",
    "anonymous_id": "anonymous_id",
    "previousId": "user_id",
    "groupId": "group_id",
}
_TRAIT_CALLS = frozenset({"identify", "User Identified"})


@dataclass(frozen=True, slots=True)
class Sight:
    """Who sees contact data and identifiers, who sensitive data and free text."""

    contact: bool
    sensitive: bool
    overrides: Overrides = field(default_factory=dict[tuple[FieldKind, str], FieldClass])

    @property
    def everything(self) -> bool:
        return self.contact and self.sensitive

    def sees(self, field_class: FieldClass) -> bool:
        if field_class == "open":
            return True
        return self.contact if field_class in ("contact", "identifier") else self.sensitive

    def hides(self, kind: FieldKind, name: str) -> bool:
        return not self.everything and not self.sees(class_of(self.overrides, kind, name))

    def hidden_class(self, fields: Iterable[tuple[FieldKind, str]]) -> FieldClass | None:
        """The strictest class of those that are hidden; None where all are seen."""
        if self.everything:
            return None
        hidden: list[FieldClass] = []
        for kind, name in fields:
            field_class = class_of(self.overrides, kind, name)
            if not self.sees(field_class):
                hidden.append(field_class)
        return max(hidden, key=FIELD_CLASSES.index, default=None)

    def show(self, kind: FieldKind, name: str, value: Any) -> Shown:
        """One field; ``masked`` holds the paths in it that are, below ``name``."""
        if self.everything:
            return Shown(value, [])
        masked: list[str] = []
        return Shown(self._walk(kind, name, value, name, masked), masked)

    def show_tree(self, kind: FieldKind, tree: Any, *, below: str = "", shown_below: str = "") -> Shown:
        """An object of fields, such as the properties of an event; ``masked`` are paths in it."""
        if self.everything or not isinstance(tree, dict):
            return Shown(tree, [])
        masked: list[str] = []
        return Shown(self._walk_object(kind, below, cast("dict[str, Any]", tree), shown_below, masked), masked)

    def show_event(self, call: str, properties: Any, context: Any) -> tuple[Any, Any, list[str]]:
        """Properties and context of an event, and the paths that are masked. Those of an ``identify`` are traits."""
        if self.everything:
            return properties, context, []
        kind: FieldKind = "trait" if call in _TRAIT_CALLS else "property"
        shown = self.show_tree(kind, properties, shown_below="properties")
        about = self.show_tree("property", context, below="context", shown_below="context")
        return shown.value, about.value, [*shown.masked, *about.masked]

    def show_item(self, item: Any) -> Shown:
        """An item of the tracking API, or any JSON that a sender sent."""
        if self.everything:
            return Shown(item, [])
        masked: list[str] = []
        if not isinstance(item, dict):
            return Shown(self._walk("property", "", item, "", masked), masked)
        parts = cast("dict[str, Any]", item)
        kind: FieldKind = "trait" if parts.get("type") == "identify" else "property"
        shown: dict[str, Any] = {}
        for name, value in parts.items():
            if name in _IDS and isinstance(value, str):
                shown[name] = self._leaf("identifier", _IDS[name], value, name, masked)
            elif name in ("properties", "traits"):
                shown[name] = self._walk("trait" if name == "traits" else kind, "", value, name, masked)
            else:
                shown[name] = self._walk("property", name, value, name, masked)
        return Shown(shown, masked)

    def show_json(self, text: str) -> Shown:
        """JSON as text; one that was cut, and so cannot be read, is hidden altogether."""
        if self.everything or not text:
            return Shown(text, [])
        try:
            shown = self.show_item(msgspec.json.decode(text))
            return Shown(msgspec.json.encode(shown.value).decode(), shown.masked)
        except (msgspec.DecodeError, RecursionError, UnicodeError):
            return Shown(HIDDEN, [""])

    def scrub(self, text: str) -> str:
        """Words about something, without addresses and numbers in them."""
        return text if self.contact else scrub_text(text)

    def _walk(self, kind: FieldKind, path: str, value: Any, shown: str, masked: list[str]) -> Any:
        if isinstance(value, dict):
            return self._walk_object(kind, path, cast("dict[str, Any]", value), shown, masked)
        if isinstance(value, list):
            return [
                self._walk(kind, path + "[]" if isinstance(one, dict) else path, one, shown, masked)
                for one in cast("list[Any]", value)
            ]
        return self._leaf(kind, path, value, shown, masked)

    def _walk_object(self, kind: FieldKind, path: str, tree: dict[str, Any], shown: str, masked: list[str]) -> Any:
        walked: dict[str, Any] = {}
        for name, value in tree.items():
            inner = f"{path}.{name}" if path else name
            inner_kind, inner_path = ("trait", "") if inner == "context.traits" else (kind, inner)
            key = name if self.contact else mask_key(name)
            walked[key] = self._walk(inner_kind, inner_path, value, f"{shown}.{key}" if shown else key, masked)
        return walked

    def _leaf(self, kind: FieldKind, path: str, value: Any, shown: str, masked: list[str]) -> Any:
        decided = decision_about(self.overrides, kind, path)
        field_class = decided or (class_by_name(kind, path) if path else "open")
        if not self.sees(field_class):
            result = mask_value(value, field_class, path)
        elif isinstance(value, str) and not self.contact and decided is None and kind != "identifier":
            result = scrub_text(value)
        else:
            return value
        if result != value and shown not in masked:
            masked.append(shown)
        return result


def sight_of(actor: Actor, overrides: Overrides) -> Sight:
    """What an actor sees. Kizuna itself sees everything, for it decides nothing by itself about who reads."""
    if actor.kind == "system":
        return Sight(contact=True, sensitive=True, overrides=overrides)
    return Sight(CONTACT in actor.permissions, SENSITIVE in actor.permissions, overrides)
