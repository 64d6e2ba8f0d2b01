"""What a kind of destination is. A new one is one file here with a ``PLUGIN``; its form and the list of kinds follow
by themselves, and a test asks for its line in docs/how-to/destinations.md.

Nothing here talks to the network or the database: a kind says what a request or a row looks like.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from msgspec import Meta, Struct

from kizuna import __version__
from kizuna.kernel.outbound import OutboundRequest

Change = Literal["entered", "left", "snapshot", "test"]
"""Who came, who went, who is in it now, or a message about nobody that tries the way."""

IdentifierType = Annotated[str, Meta(min_length=1, max_length=64)]
TraitName = Annotated[str, Meta(min_length=1, max_length=200)]
CHOSEN_MAX = 50

ID_HEADER = "Kizuna-Delivery"
"""The message's id: the same when it is sent again."""
USER_AGENT = f"Kizuna/{__version__}"


@dataclass(frozen=True, slots=True)
class KindText:
    """Words of a kind in one language: its title, what it does, and (title, description) of its settings."""

    title: str
    description: str
    fields: Mapping[str, tuple[str, str]]


class Person(Struct):
    """A customer as a destination gets them: chosen identifiers and traits only."""

    profile_id: UUID
    identifiers: dict[str, list[str]] = {}
    traits: dict[str, Any] = {}
    given_name: str | None = None
    family_name: str | None = None


@dataclass(frozen=True, slots=True)
class Message:
    """What one request tells. ``id`` stays the same when it is sent again."""

    id: UUID
    segment_id: int
    segment_name: str
    change: Change
    at: datetime
    people: Sequence[Person]
    sync: Mapping[str, Any] | None = None
    """Of a snapshot: the id of the full sync and the number of this part."""


def tell_people(people: Sequence[Person]) -> list[dict[str, Any]]:
    """People as they stand in a body."""
    return [{"profile_id": one.profile_id, "identifiers": one.identifiers, "traits": one.traits} for one in people]


@dataclass(frozen=True)
class DestinationKind(ABC):
    """``settings`` is the struct that the form is drawn from and the settings are checked by; ``secret_fields`` of it
    are sealed and never shown again. ``texts`` are by language. ``for_ads``: the purpose must be one by which people
    agree to advertising or to third parties."""

    key: str
    settings: type[Struct]
    texts: Mapping[str, KindText]
    secret_fields: tuple[str, ...] = ()
    for_ads: bool = False

    def identifiers(self, settings: Any) -> Sequence[str]:
        """Types of identifiers that leave."""
        return settings.identifiers

    def traits(self, settings: Any) -> Sequence[str]:
        return settings.traits

    def check(self, settings: Any) -> Mapping[str, str]:
        """What is wrong beyond what the types say: a sentence by field."""
        return {}

    def describe(self, language: str) -> dict[str, Any]:
        """The JSON schema of the settings, worded for people."""
        schema = msgspec.json.schema(self.settings)
        found: dict[str, Any] = schema["$defs"][self.settings.__name__]
        words = self.texts[language].fields
        for name, one in found["properties"].items():
            one["title"], one["description"] = words[name]
        for field_info in msgspec.structs.fields(self.settings):
            if callable(field_info.default_factory):
                found["properties"][field_info.encode_name]["default"] = field_info.default_factory()
        return {name: found[name] for name in ("type", "properties", "required") if name in found}


@dataclass(frozen=True)
class SendingKind(DestinationKind):
    """A destination that is told of every change by HTTP. ``signed``: it gets a secret of ours to know us by."""

    signed: bool = False

    @abstractmethod
    def url(self, settings: Any) -> str: ...

    @abstractmethod
    def people_per_request(self, settings: Any) -> int: ...

    def rate_per_s(self, settings: Any) -> float | None:
        """How many requests it takes in a second; None for as many as come one after the other."""
        return None

    @abstractmethod
    def make_request(self, settings: Any, secrets: "Secrets", message: Message, now: datetime) -> OutboundRequest: ...

    def accepts(self, settings: Any, status: int) -> bool:
        """Whether the status says that the message was taken."""
        return 200 <= status < 300


@dataclass(frozen=True)
class FileKind(DestinationKind):
    """A destination that people carry a CSV file to."""

    @abstractmethod
    def header(self, settings: Any) -> Sequence[str]: ...

    @abstractmethod
    def row(self, settings: Any, person: Person) -> Sequence[str] | None:
        """The line of a person; None for one who could not be recognised by it."""
        ...


@dataclass(frozen=True, slots=True)
class Secrets:
    """Opened by the vault for the time of a run. ``signing`` are our signing secrets, newest first: after a change
    the one before signs too, for a while."""

    fields: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)
    signing: Sequence[str] = field(default=(), repr=False)
