"""Ada imports files; the worker's part is done in the test itself."""

from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from tests.cast import Person

from kizuna.domains.collect.jobs.imports import RUN_IMPORT
from kizuna.domains.collect.service.drain import drain_all
from kizuna.kernel.context import Runtime


@dataclass
class Imports:
    """Uploads and imports of one person."""

    person: Person
    runtime: Runtime

    async def upload(self, data: bytes | str, filename: str = "file.csv") -> httpx.Response:
        content = data.encode() if isinstance(data, str) else data
        return await self.person.post("/api/collect/uploads", params={"filename": filename}, content=content)

    async def start(self, upload: dict[str, Any], kind: str, mapping: dict[str, str], **more: Any) -> dict[str, Any]:
        body = {"upload_id": upload["id"], "kind": kind, "mapping": mapping, **more}
        answer = await self.person.post("/api/collect/imports", json=body)
        assert answer.status_code == 201, answer.text
        return answer.json()

    async def run(self, import_id: int) -> dict[str, Any]:
        await RUN_IMPORT.run(self.runtime, self.person.workspace_id, job_id=import_id)
        return (await self.person.get(f"/api/collect/imports/{import_id}")).json()

    async def bring(
        self, data: bytes | str, kind: str, mapping: dict[str, str] | None = None, **more: Any
    ) -> dict[str, Any]:
        """Uploads, starts and runs; with the suggested mapping when none is given."""
        answer = await self.upload(data)
        assert answer.status_code == 201, answer.text
        upload = answer.json()
        started = await self.start(upload, kind, mapping or upload["suggestions"][kind], **more)
        return await self.run(started["id"])

    async def select(self, sql: str) -> list[list[Any]]:
        await drain_all(self.runtime)
        return (await self.runtime.lake.run_sql(self.person.workspace_id, sql)).rows


@pytest.fixture
async def imports(ada: Person, runtime: Runtime) -> Imports:
    return Imports(ada, runtime)
