"""Shapes of the imports API."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from msgspec import Meta, Struct

from kizuna.domains.collect.contracts import Touchpoint
from kizuna.domains.collect.rules.imports.fields import ImportKind
from kizuna.domains.collect.rules.imports.files import FileColumn, FileFormat

Mapping = Annotated[dict[str, str], Meta(max_length=1_000)]
MappingName = Annotated[str, Meta(min_length=1, max_length=100, pattern=r"\S")]


class UploadView(Struct, frozen=True):
    """An uploaded file and what it seems to hold. ``suggestions`` are mappings ``{column: field}`` by kind."""

    id: UUID
    filename: str
    bytes: int
    format: FileFormat
    encoding: str | None
    delimiter: str | None
    has_header: bool
    rows_estimate: int
    rows_exact: bool
    columns: tuple[FileColumn, ...]
    suggestions: dict[ImportKind, dict[str, str]]
    fields: dict[ImportKind, tuple[str, ...]]
    preview: tuple[tuple[str | None, ...], ...]
    warnings: tuple[str, ...]
    ambiguous_dates: bool
    """Dates such as 01/02/2026 occur and nothing tells whether day or month comes first."""


class ImportOptions(Struct, frozen=True, forbid_unknown_fields=True):
    """What the file itself does not say. Times without a zone are read in ``time_zone``, by default the
    workspace's; ``event_name`` names events where no column does."""

    time_zone: str | None = None
    currency: Annotated[str, Meta(pattern="^[A-Z]{3}$")] | None = None
    event_name: Annotated[str, Meta(max_length=200)] | None = None
    day_first: bool | None = None
    touchpoint: Touchpoint | None = None


class NewImport(Struct, frozen=True, forbid_unknown_fields=True):
    upload_id: UUID
    kind: ImportKind
    mapping: Mapping
    source_id: int | None = None
    dry_run: bool = False
    options: ImportOptions = ImportOptions()


class NewMapping(Struct, frozen=True, forbid_unknown_fields=True):
    name: MappingName
    kind: ImportKind
    mapping: Mapping
    options: ImportOptions = ImportOptions()


class ImportView(Struct, frozen=True):
    """An import has the number of its job: stop and resume it at ``/api/jobs/{id}``."""

    id: int
    upload_id: UUID
    filename: str
    kind: str
    mapping: dict[str, str]
    options: dict[str, Any]
    source_id: int
    dry_run: bool
    state: str
    done: int
    total: int | None
    message: str | None
    rows_read: int
    rows_accepted: int
    rows_refused: int
    events_sent: int
    events_known: int
    """Events that were in Kizuna already, and so changed nothing."""
    refused_file: bool
    refusals: list[dict[str, Any]]
    """The first refused rows: row, code, reason."""
    samples: list[dict[str, Any]]
    """The first events that the rows become."""
    created_by: str
    created_at: datetime
    finished_at: datetime | None


class MappingView(Struct, frozen=True):
    """A saved mapping."""

    id: int
    name: str
    kind: ImportKind
    mapping: dict[str, str]
    options: dict[str, Any]
    created_by: str
    created_at: datetime
