"""Errors are problem details (RFC 9457), with a sentence that says what to do."""

from typing import Any

import pytest
from tests.cast import PASSWORD, Person, Visitor

from kizuna.kernel import errors
from kizuna.web.problems import STATUS

FIELDS = {"type", "title", "status", "detail", "kind", "code", "errors", "request_id"}


def check_problem(answer: Any, status: int) -> dict[str, Any]:
    assert answer.status_code == status
    assert answer.headers["content-type"].startswith("application/problem+json")
    problem = answer.json()
    assert set(problem) == FIELDS
    assert problem["status"] == status
    assert problem["detail"]
    assert problem["request_id"] == answer.headers["x-request-id"]
    return problem


def test_every_kind_has_a_status() -> None:
    kinds = {kind.kind for kind in errors.KizunaError.__subclasses__()}
    assert kinds == set(STATUS)


async def test_not_signed_in(visitor: Visitor) -> None:
    problem = check_problem(await visitor.get("/api/me"), 401)
    assert (problem["kind"], problem["code"]) == ("unauthenticated", "not_signed_in")


async def test_nothing_there(ada: Person) -> None:
    check_problem(await ada.get("/api/nothing"), 404)
    assert check_problem(await ada.get("/api/jobs/1"), 404)["code"] == "job_not_found"
    check_problem(await ada.get("/api/jobs/none"), 404)
    wrong = await ada.delete("/api/workspace")
    check_problem(wrong, 405)
    assert wrong.headers["allow"] == "GET, OPTIONS, PATCH"
    assert (await ada.options("/api/workspace")).headers["allow"] == "GET, OPTIONS, PATCH"
    for method in ("GET", "POST", "PUT", "DELETE"):
        check_problem(await ada.request(method, "/api/nothing/at/all"), 404)


async def test_bodies_of_another_type(visitor: Visitor) -> None:
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "\u00ff"):
        answer = await visitor.post("/api/session", content=b"{}", headers={"Content-Type": kind.encode("latin-1")})
        check_problem(answer, 415)


@pytest.mark.parametrize(
    "body", [{"name": "a", "scopes": "all"}, {"name": "a", "scopes": [1]}, {"name": 1, "scopes": []}]
)
async def test_bodies_are_read_to_the_letter(ada: Person, body: Any) -> None:
    problem = check_problem(await ada.post("/api/workspace/keys", json=body), 400)
    assert [error["field"].partition(".")[0] for error in problem["errors"]] in (["scopes"], ["name"])


async def test_whole_numbers_may_be_written_as_fractions(ada: Person) -> None:
    query = {"sql": "", "limit": 2.0}
    problem = check_problem(await ada.post("/api/analytics/sql", json=query), 400)
    assert [error["field"] for error in problem["errors"]] == ["sql"]
    query = {"sql": "select 1", "limit": 2.5}
    problem = check_problem(await ada.post("/api/analytics/sql", json=query), 400)
    assert [error["field"] for error in problem["errors"]] == ["limit"]


@pytest.mark.parametrize(
    "origin", ["http://[::1", "null", "http://evil.example", "//", "http://localhost:8100.evil.example"]
)
async def test_other_sites_sign_nobody_in(visitor: Visitor, origin: str) -> None:
    answer = await visitor.post("/api/session", json={"email": "a", "password": "b"}, headers={"Origin": origin})
    assert check_problem(answer, 403)["code"] == "other_site"


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b"null", b"\xff\xfe", b'{"email": 1}', b'{"email": "a", "password": null}', b"[" * 5000],
)
async def test_bodies_that_cannot_be_read(visitor: Visitor, body: bytes) -> None:
    answer = await visitor.post("/api/session", content=body, headers={"Content-Type": "application/json"})
    check_problem(answer, 400)


async def test_a_wrong_field_is_named(visitor: Visitor) -> None:
    problem = check_problem(await visitor.post("/api/session", json={"email": 5, "password": PASSWORD}), 400)
    assert [error["field"] for error in problem["errors"]] == ["email"]


async def test_too_large_a_body(visitor: Visitor) -> None:
    answer = await visitor.post("/api/session", content=b'{"email": "' + b"x" * 10_100_000 + b'"}')
    check_problem(answer, 413)


@pytest.mark.parametrize("number", ["99999999999", "9" * 30, "-1", "0"])
async def test_numbers_out_of_range_are_not_found(ada: Person, number: str) -> None:
    check_problem(await ada.get(f"/api/jobs/{number}"), 404)
    check_problem(await ada.patch(f"/api/workspace/members/{number}", json={"role": "viewer"}), 404)


async def test_nul_characters_do_no_harm(ada: Person) -> None:
    for query in ("actor=%00", "action=%00", "target=%00", "target=a:%00"):
        assert (await ada.get(f"/api/workspace/audit?{query}")).status_code == 200
    check_problem(await ada.patch("/api/me", json={"name": "a\x00"}), 422)
    check_problem(await ada.post("/api/workspace/keys", json={"name": "a\x00", "scopes": []}), 422)


async def test_the_callers_request_id_comes_back(visitor: Visitor) -> None:
    answer = await visitor.get("/api/me", headers={"X-Request-Id": "order-17"})
    assert answer.json()["request_id"] == "order-17"
    answer = await visitor.get("/api/me", headers={"X-Request-Id": "a b\tc"})
    assert answer.json()["request_id"] not in ("", "a b\tc")
