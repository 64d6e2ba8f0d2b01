"""A crowd to make events with, in Ada's workspace."""

import pytest
from tests.cast import make_workspace
from tests.domains.profiles.crowd import Crowd

from kizuna.kernel.context import Runtime


@pytest.fixture
async def crowd(runtime: Runtime) -> Crowd:
    made = await make_workspace(runtime, "Aoyama Tea", "Ada")
    return Crowd(runtime, made.workspace_id)


@pytest.fixture
async def dan_crowd(runtime: Runtime) -> Crowd:
    """The same in the workspace of a stranger."""
    made = await make_workspace(runtime, "Dan's Diner", "Dan")
    return Crowd(runtime, made.workspace_id)
