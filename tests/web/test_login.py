"""Logging in and out, the one-time password, guesses, and log-ins that end at once."""

from __future__ import annotations

from datetime import timedelta

from builders.web_house import NOW, PASSWORD

from pyros.domain.audit import AuditEntry
from pyros.domain.user import Role
from pyros.store import house as shelf
from pyros.store import users
from pyros.web.auth.throttle import LIMIT, Throttle

NEW = "a new and better one"


def audit(house) -> list[AuditEntry]:
    """Return what was written down, the first one first."""
    house.written()
    return list(reversed(house.store.read(shelf.audit_entries)))


async def test_a_right_password_opens_the_page_and_a_wrong_one_does_not(house, browsing) -> None:
    """P89: who is not known sees the log-in page alone."""
    async with browsing(house) as browser:
        assert (await browser.get("/"))[0] == 303
        wrong = await browser.log_in("admin@x.org", "no")
        assert (wrong.status, browser.secret()) == (403, None)

        right = await browser.log_in("admin@x.org")
        assert (right.status, right.headers["Location"]) == (303, "/")
        assert (await browser.get("/"))[0] == 200
    assert [(one.action, one.who, one.outcome) for one in audit(house)] == [
        ("log in", "admin@x.org", "REFUSED"),
        ("log in", "admin@x.org", "DONE"),
    ]


async def test_the_answer_never_says_whether_a_name_is_known(house, browsing) -> None:
    async with browsing(house) as browser:
        known = await browser.log_in("admin@x.org", "no")
        unknown = await browser.log_in("nobody@x.org", "no")

        texts = [(await one.text()).replace("nobody", "admin") for one in (known, unknown)]
    assert known.status == unknown.status == 403
    lines = [[line for line in text.splitlines() if "nonce" not in line] for text in texts]
    assert [line for line in lines[0] if "login-text" in line] == [
        line for line in lines[1] if "login-text" in line
    ]


async def test_the_secret_of_a_log_in_is_kept_nowhere(house, browsing) -> None:
    """The store has its sha256; the cookie is for the browser's eyes only."""
    async with browsing(house) as browser:
        answer = await browser.log_in("user@x.org")
        secret = browser.secret()
        header = next(h for h in answer.headers.getall("Set-Cookie") if secret in h)
    house.written()

    assert {"HttpOnly", "Path=/", "SameSite=Lax"} <= {part.strip() for part in header.split(";")}
    assert secret.encode() not in (house.folder / "pyros.db").read_bytes()
    assert secret.encode() not in (house.folder / "pyros.db-wal").read_bytes()


async def test_a_one_time_password_opens_nothing_but_its_own_change(house, browsing) -> None:
    """P85: the first admin chooses a password before anything else."""
    house.add_user("first@x.org", Role.ADMIN, must_change_password=True)
    async with browsing(house) as browser:
        answer = await browser.log_in("first@x.org")
        assert answer.headers["Location"] == "/password"
        status, _ = await browser.get("/")
        form = await browser.form("/password", old=PASSWORD, new=NEW, again=NEW)
        park = await browser.post("/orders/park", {**form, "key": "long enough"})
        assert (status, park.status) == (303, 403)

        changed = await browser.post("/password", form)
        assert changed.headers["Location"] == "/"
        assert (await browser.get("/"))[0] == 200
    assert house.majordome.messages == []


async def test_every_problem_of_a_new_password_is_said_at_once(house, browsing) -> None:
    async with browsing(house, Role.USER) as browser:
        form = await browser.form("/password", old="not mine", new="short", again="shirt")
        answer = await browser.post("/password", form)
        text = await answer.text()

    assert answer.status == 422
    assert text.count('data-testid="problem"') == 3
    assert "8 to 128" in text


async def test_a_new_password_ends_every_other_log_in(house, browsing) -> None:
    async with browsing(house, Role.USER) as here, browsing(house, Role.USER) as elsewhere:
        house.written()
        form = await here.form("/password", old=PASSWORD, new=NEW, again=NEW)
        await here.post("/password", form)
        house.written()
        house.watch.advance(6)

        assert (await here.get("/"))[0] == 200
        assert (await elsewhere.get("/"))[0] == 303


async def test_logging_out_ends_the_log_in_at_once(house, browsing) -> None:
    async with browsing(house, Role.USER) as browser:
        secret = browser.secret()
        await browser.post("/logout", await browser.form("/"))
        port = browser.client.port
        status, _ = await browser.get("/", headers={"Cookie": f"pyros-{port}={secret}"})

    assert status == 303


async def test_a_log_in_ends_after_an_idle_hour_of_an_admin_or_night_of_a_user(
    house, browsing
) -> None:
    """Idle time is real time, however fast the observatory's runs."""
    async with browsing(house, Role.ADMIN) as admin, browsing(house, Role.USER) as user:
        house.clock.advance(12 * 3600)
        assert (await admin.get("/"))[0] == 200

        house.watch.advance(3601)
        assert (await admin.get("/"))[0] == 303
        assert (await user.get("/"))[0] == 200

        house.watch.advance(43201)
        assert (await user.get("/"))[0] == 303


async def test_using_a_log_in_keeps_it_but_not_for_ever(house, browsing) -> None:
    async with browsing(house, Role.USER) as browser:
        for _ in range(16):
            house.watch.advance(36_000)
            last = (await browser.get("/"))[0]
        assert last == 200
        house.watch.advance(36_000)

        assert (await browser.get("/"))[0] == 303


async def test_a_dead_database_logs_nobody_out(house, browsing) -> None:
    """P04: with the store away what memory knows counts, and the page says what is missing."""
    async with browsing(house, Role.EXPERT) as browser:
        await browser.get("/")
        house.store.close()
        for file in house.folder.glob("pyros.db*"):
            file.rename(file.with_name(f"gone-{file.name}"))
        house.watch.advance(60)
        status, text = await browser.get("/")

    assert status == 200
    assert 'data-testid="missing"' in text


async def test_a_suspended_account_is_out_within_seconds(house, browsing) -> None:
    """P88."""
    async with browsing(house, Role.USER) as browser:
        house.written()
        account = house.store.read(lambda session: users.by_email(session, "user@x.org"))
        house.store.write(
            lambda session: users.transition(
                session, account.id, "suspend", at=NOW, by="admin@x.org"
            )
        )
        house.watch.advance(6)

        assert (await browser.get("/"))[0] == 303


async def test_guessing_gets_slower_and_is_refused_in_the_end(house, browsing) -> None:
    async with browsing(house) as browser:
        answers = [(await browser.log_in("admin@x.org", "no")).status for _ in range(6)]
        assert answers == [403] * 5 + [429]
        for _ in range(12):
            house.watch.advance(40)
            last = await browser.log_in("admin@x.org", "no")
        house.watch.advance(40)
        locked = await browser.log_in("admin@x.org")
        assert (last.status, locked.status) == (429, 429)
        assert int(locked.headers["Retry-After"]) > 60

        house.watch.advance(900)
        assert (await browser.log_in("admin@x.org")).status == 303


async def test_nobody_can_lock_the_operator_out_from_elsewhere(house, browsing) -> None:
    """A browser that has logged in here before is counted apart."""
    async with browsing(house, Role.ADMIN) as own, browsing(house) as foreign:
        for _ in range(LIMIT + 5):
            house.watch.advance(40)
            await foreign.log_in("admin@x.org", "no")
        await own.post("/logout", await own.form("/"))

        assert (await own.log_in("admin@x.org")).status == 303


def test_failures_of_one_network_count_together_and_of_another_apart() -> None:
    throttle = Throttle(b"secret")
    near = [throttle.who("a@x.org", f"10.1.2.{n}", "") for n in (3, 200)]
    far = throttle.who("a@x.org", "10.1.3.3", "")

    assert near[0] == near[1] != far


async def test_next_leads_to_own_pages_only(house, browsing) -> None:
    strange = ("https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)")
    for wanted in strange:
        async with browsing(house) as browser:
            form = {"email": "user@x.org", "password": PASSWORD, "next": wanted}
            answer = await browser.post("/login", form)
        assert answer.headers["Location"] == "/", wanted
    async with browsing(house) as browser:
        form = {"email": "user@x.org", "password": PASSWORD, "next": "/log?actor=x"}
        assert (await browser.post("/login", form)).headers["Location"] == "/log?actor=x"


async def test_the_store_learns_of_a_log_in_that_is_used(house, browsing) -> None:
    async with browsing(house, Role.USER) as browser:
        house.watch.advance(3600)
        await browser.get("/")
        house.written()
        account = house.store.read(lambda session: users.by_email(session, "user@x.org"))

    assert account.last_login_at == NOW
    assert NOW + timedelta(hours=1) == house.watch.utc()
