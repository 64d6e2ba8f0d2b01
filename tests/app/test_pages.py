"""The admin app, the API reference and the SDK as they go over the wire."""

import gzip
import re
from pathlib import Path

import httpx
import pytest
from tests.cast import Visitor

from kizuna.app import pages

SCRIPT = "console.log('kizuna');\n" * 100
FIRST_LOAD_BYTES_MAX = 250 * 1024


@pytest.fixture
def built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small build in place of the real one."""
    folder = tmp_path / "web"
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_text("<!doctype html><title>Kizuna</title>" + "<p>" * 500)
    (folder / "api-docs.html").write_text("<!doctype html><title>API</title>")
    (folder / "favicon.svg").write_text("<svg/>")
    (folder / "assets" / "main-C0ffee.js").write_text(SCRIPT)
    (folder / "assets" / "font-C0ffee.woff2").write_bytes(b"wOF2" * 500)
    sdk = tmp_path / "sdk"
    sdk.mkdir()
    for name in ("kizuna.js", "banner.js"):
        (sdk / name).write_text(SCRIPT)
    (tmp_path / "secret.key").write_text("secret")
    monkeypatch.setattr(pages, "admin_dir", lambda: folder)
    monkeypatch.setattr(pages, "sdk_dir", lambda: sdk)
    return folder


@pytest.mark.parametrize(
    "path",
    ["/", "/profiles", "/profiles/6f1c1c7e-9b0e-4c55-8a59-0d9f6f0c9d11/x", "/" + "a" * 9000, "/%00", "/index.html"],
)
async def test_every_address_of_the_app_is_its_page(built: Path, visitor: Visitor, path: str) -> None:
    answer = await visitor.get(path)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["cache-control"] == "no-cache"
    assert "<title>Kizuna</title>" in answer.text


@pytest.mark.parametrize("path", ["/", "/api/docs"])
async def test_pages_run_nothing_from_elsewhere(built: Path, visitor: Visitor, path: str) -> None:
    headers = (await visitor.get(path)).headers
    policy = dict(rule.strip().partition(" ")[::2] for rule in headers["content-security-policy"].split(";"))
    assert policy["script-src"] == policy["default-src"] == policy["connect-src"] == "'self'"
    assert policy["frame-ancestors"] == "'none'"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"


@pytest.mark.parametrize(
    "path",
    ["/api/nothing", "/v1/nothing", "/in/nothing", "/assets/nothing.js", "/sdk/nothing.js", "/analytics.js/v1/k/no.js"],
)
async def test_programs_get_no_page(built: Path, visitor: Visitor, path: str) -> None:
    answer = await visitor.get(path)
    if path == "/in/nothing":  # webhooks are posted
        assert answer.status_code in (404, 405)
    else:
        assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["request_id"] == answer.headers["x-request-id"]


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
async def test_there_is_nothing_to_change_at_a_page(built: Path, visitor: Visitor, method: str) -> None:
    assert (await visitor.request(method, "/profiles")).status_code == 404


async def test_hashed_files_are_kept_for_ever_and_compressed(built: Path, visitor: Visitor) -> None:
    answer = await visitor.get("/assets/main-C0ffee.js")
    assert answer.headers["content-type"] == "text/javascript; charset=utf-8"
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["content-encoding"] == "gzip"
    assert int(answer.headers["content-length"]) < len(SCRIPT) / 5
    assert answer.text == SCRIPT
    font = await visitor.get("/assets/font-C0ffee.woff2")
    assert font.headers["content-type"] == "font/woff2"
    assert "content-encoding" not in font.headers


@pytest.mark.parametrize("accepted", ["", "identity", "br", "gzip;q=0", "x-gzip-not"])
async def test_nobody_gets_gzip_unasked(built: Path, visitor: Visitor, accepted: str) -> None:
    answer = await visitor.get("/assets/main-C0ffee.js", headers={"Accept-Encoding": accepted})
    assert "content-encoding" not in answer.headers
    assert answer.text == SCRIPT


@pytest.mark.parametrize("accepted", ["gzip", "br, gzip", "gzip;q=0.5, *;q=0", "*", "deflate, GZIP ;q=1.0"])
async def test_who_takes_gzip_gets_it(built: Path, visitor: Visitor, accepted: str) -> None:
    answer = await visitor.get("/assets/main-C0ffee.js", headers={"Accept-Encoding": accepted})
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.headers["vary"] == "Accept-Encoding"


async def test_what_is_known_is_not_sent_again(built: Path, visitor: Visitor) -> None:
    first = await visitor.get("/")
    again = await visitor.get("/", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    (built / "index.html").write_text("<!doctype html><title>New</title>")
    assert (await visitor.get("/", headers={"If-None-Match": first.headers["etag"]})).status_code == 200


async def test_head_is_get_without_a_body(built: Path, visitor: Visitor) -> None:
    for path in ("/", "/assets/main-C0ffee.js", "/sdk/kizuna.js", "/api/docs"):
        answer = await visitor.head(path)
        assert (answer.status_code, answer.content) == (200, b""), path


@pytest.mark.parametrize(
    "path",
    [
        "/sdk/..%2fsecret.key",
        "/sdk/%2e%2e/secret.key",
        "/assets/..%2f..%2fsecret.key",
        "/sdk/%00",
        "/sdk/" + "a" * 5000,
    ],
)
async def test_no_file_outside_the_folder(built: Path, visitor: Visitor, path: str) -> None:
    answer = await visitor.get(path)
    assert answer.text != "secret"
    assert answer.status_code == 404 or "<title>Kizuna</title>" in answer.text


@pytest.mark.parametrize("address", ["/sdk/kizuna.js", "/sdk/banner.js?v=0.1.0"])
async def test_any_site_may_load_the_sdk(built: Path, visitor: Visitor, address: str) -> None:
    answer = await visitor.get(address, headers={"Origin": "https://shop.example.com"})
    assert answer.headers["content-type"].startswith("text/javascript"), "a module of another type is refused"
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["cross-origin-resource-policy"] == "cross-origin"
    assert answer.headers["cache-control"].startswith("public, max-age=3600")
    assert answer.headers["content-encoding"] == "gzip"


async def test_an_app_that_was_not_built_says_so(
    visitor: Visitor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "admin_dir", lambda: tmp_path)
    answer = await visitor.get("/")
    assert answer.status_code == 503
    assert "make web" in answer.text


async def test_json_is_compressed_where_it_is_worth_it(visitor: Visitor) -> None:
    large = await visitor.get("/api/openapi.json")
    assert large.headers["content-encoding"] == "gzip"
    assert large.headers["vary"] == "accept-encoding"
    assert large.json()["openapi"]
    small = await visitor.get("/api/me")
    assert "content-encoding" not in small.headers
    plain = await visitor.get("/api/openapi.json", headers={"Accept-Encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert plain.json() == large.json()


@pytest.mark.skipif(not (pages.admin_dir() / "index.html").is_file(), reason="the admin app is not built; `make web`")
@pytest.mark.parametrize("page", ["index.html", "api-docs.html"])
async def test_the_first_load_is_small_on_the_wire(visitor: Visitor, page: str) -> None:
    path = "/" if page == "index.html" else "/api/docs"
    answer = await visitor.get(path)
    names = re.findall(r'(?:src|href)="(/[^"]+)"', answer.text)
    files = [await visitor.get(name) for name in names]
    assert [file.status_code for file in files] == [200] * len(names)
    assert not re.search(r"https?://|<script>|<style>", answer.text)
    scripts = [file for file in files if "javascript" in file.headers["content-type"]]
    assert 0 < sum(map(wire_bytes, scripts)) < FIRST_LOAD_BYTES_MAX
    assert sum(map(wire_bytes, [answer, *files])) < FIRST_LOAD_BYTES_MAX * 1.3  # styles too


def wire_bytes(answer: httpx.Response) -> int:
    """httpx unpacks, so this packs again."""
    packed = answer.headers.get("content-encoding") == "gzip"
    size = len(gzip.compress(answer.content, 9)) if packed else len(answer.content)
    assert int(answer.headers["content-length"]) == size
    return size
