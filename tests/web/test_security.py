"""What every answer says to the browser, and what no template may contain."""

from __future__ import annotations

import re
from io import BytesIO
from pathlib import Path

import pytest
from builders.played_night import say_all, store_night
from builders.web_house import NOW

import pyros.web
from pyros.domain.user import Role
from pyros.web.pages import night

WEB = Path(pyros.web.__file__).parent
TEMPLATES = sorted((WEB / "templates").glob("*.html"))
SCRIPTS = sorted((WEB / "static").glob("*.js"))


@pytest.mark.parametrize(
    "path", ["/", "/login", "/nothing", "/night.json", "/healthz", "/favicon.ico"]
)
async def test_every_answer_carries_the_policy(house, browsing, path) -> None:
    async with (
        browsing(house, Role.USER) as browser,
        browser.client.get(path, allow_redirects=False) as answer,
    ):
        headers = answer.headers
        text = await answer.text()
    policy = headers["Content-Security-Policy"]

    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cache-Control"] == "no-store"
    nonce = re.search(r"'nonce-([^']+)'", policy).group(1)
    assert all(one == nonce for one in re.findall(r'<script[^>]* nonce="([^"]+)"', text))


async def test_a_nonce_is_never_used_twice(house, browsing) -> None:
    seen = set()
    async with browsing(house, Role.USER) as browser:
        for _ in range(5):
            async with browser.client.get("/") as answer:
                seen.add(
                    re.search(r"'nonce-([^']+)'", answer.headers["Content-Security-Policy"])[1]
                )

    assert len(seen) == 5


async def test_own_files_are_kept_for_ever_under_the_hash_of_their_content(house, browsing) -> None:
    async with browsing(house, Role.USER) as browser:
        _, text = await browser.get("/")
        name = re.search(r'src="(/static/[0-9a-f]{16}/night\.js)"', text).group(1)
        async with browser.client.get(name) as answer:
            assert "immutable" in answer.headers["Cache-Control"]
            assert answer.content_type == "text/javascript"
        old = re.sub(r"/[0-9a-f]{16}/", "/" + "0" * 16 + "/", name)
        assert (await browser.get(old))[0] == 404


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_a_template_has_no_inline_style_handler_foreign_address_or_unescaped_text(template) -> None:
    text = re.sub(r"\{%.*?%\}", "", template.read_text(encoding="utf-8"))

    assert not re.search(r"\sstyle\s*=|\son\w+\s*=", text)
    assert "|safe" not in text.replace(" ", "")
    assert "Markup" not in text
    assert "://" not in text
    for tag in re.findall(r"<script[^>]*>", text):
        assert "nonce" in tag


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_a_script_writes_text_only_and_asks_nobody_else(script) -> None:
    text = script.read_text(encoding="utf-8")

    for word in (
        "innerHTML",
        "outerHTML",
        "insertAdjacentHTML",
        "document.write",
        "eval(",
        ".style",
    ):
        assert word not in text
    addresses = set(re.findall(r"\w+://[^\s`\"']*", text))
    assert addresses <= {"http://www.w3.org/2000/svg", "${scheme}://${location.host}/ws"}
    assert text.count("\n") <= 250


async def test_a_traceback_never_leaves(house, browsing, monkeypatch) -> None:
    """The page has a number, the log has the rest."""

    def broken(*_):
        raise ZeroDivisionError("secret detail")

    monkeypatch.setattr(night, "device_rows", broken)
    async with browsing(house, Role.ADMIN) as browser:
        status, text = await browser.get("/")

    assert status == 500
    assert "secret detail" not in text
    assert "Traceback" not in text
    assert re.search(r"number [0-9a-f]{12} in the log", text)


async def test_no_secret_stands_in_a_page(house, browsing) -> None:
    say_all(house, store_night(house, NOW), NOW)
    async with browsing(house, Role.ADMIN) as browser:
        secret = browser.secret()
        for path in ("/", "/system", "/log", "/devices", "/password"):
            _, text = await browser.get(path)
            assert secret not in text
            assert "$argon2" not in text


async def test_a_form_that_is_too_large_is_refused(house, browsing) -> None:
    form = BytesIO(b"email=" + b"a" * 2_000_000)
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    async with browsing(house) as browser:
        headers["Origin"] = browser.origin
        async with browser.client.post("/login", data=form, headers=headers) as answer:
            assert answer.status == 413
