"""The one table: method, path, who answers, which right it takes, its word in the navigation."""

from __future__ import annotations

from pyros.domain.user import Right
from pyros.web import files, health
from pyros.web.guard import Access, Route
from pyros.web.live import live
from pyros.web.pages import (
    actor,
    alerts,
    devices,
    images,
    log,
    login,
    night,
    requests,
    schedule,
    schedules,
    system,
)

LOOK, OPEN, MEMBER = Right.LOOK, Access.OPEN, Access.MEMBER
BESIDE = r"/schedules/{id:\d{1,15}}/{other:\d{1,15}}"
STRIKE = r"/orders/actors/{verb:kill|hang|restart}/{path:.{1,200}}"

ROUTES: tuple[Route, ...] = (
    Route("GET", "/", night.page, LOOK, "Night", nav="Night", key="n"),
    Route("GET", "/night.json", night.pictures, LOOK),
    Route("GET", "/schedule", schedule.page, LOOK, "Schedule", nav="Schedule", key="s"),
    Route("GET", r"/schedule/{id:\d{1,15}}", schedule.one, LOOK, "Schedule"),
    Route("GET", "/schedules", schedules.page, LOOK, "Old schedules"),
    Route("GET", BESIDE, schedules.side_by_side, LOOK, "Two schedules"),
    Route("GET", r"/requests/{id:\d{1,15}}", requests.one, LOOK, "Request"),
    Route("GET", "/alerts", alerts.page, LOOK, "Alerts", nav="Alerts", key="a"),
    Route("GET", "/alerts/test", alerts.ask_test, Right.TEST_ALERT, "Test alert"),
    Route("GET", r"/alerts/{name:[^/]{1,80}}", alerts.one, LOOK, "Alert"),
    Route("GET", "/images", images.page, LOOK, "Images", nav="Images", key="i"),
    Route("GET", r"/images/{id:\d{1,15}}", images.one, LOOK, "Image"),
    Route("GET", r"/images/{id:\d{1,15}}/preview.png", images.preview, LOOK),
    Route("GET", "/devices", devices.page, LOOK, "Devices", nav="Devices", key="d"),
    Route("GET", "/log", log.page, LOOK, "Log", nav="Log", key="l"),
    Route("GET", "/system", system.page, LOOK, "System", nav="System", key="y"),
    Route("GET", r"/system/actors/{path:.{1,200}}", actor.page, LOOK, "Actor"),
    Route("GET", "/ws", live, LOOK),
    Route("POST", "/orders/schedule", schedule.plan_now, Right.OBSERVE),
    Route("POST", "/orders/pause", night.pause, Right.OBSERVE),
    Route("GET", "/orders/resume", night.ask_resume, Right.OBSERVE, "Resume"),
    Route("POST", "/orders/resume", night.resume, Right.OBSERVE, "Resume"),
    Route("POST", "/orders/park", night.park, Right.STOP),
    Route("POST", "/orders/stop", night.stop, Right.STOP),
    Route("POST", "/orders/test-alert", alerts.test, Right.TEST_ALERT, "Test alert"),
    Route("GET", STRIKE, actor.ask, Right.ACTORS, "Actor"),
    Route("POST", STRIKE, actor.strike, Right.ACTORS, "Actor"),
    Route("GET", "/password", login.password_page, MEMBER, "Password"),
    Route("POST", "/password", login.change_password, MEMBER, "Password"),
    Route("POST", "/logout", login.log_out, MEMBER),
    Route("GET", "/login", login.page, OPEN, "Log in"),
    Route("POST", "/login", login.log_in, OPEN, "Log in"),
    Route("GET", "/healthz", health.healthz, OPEN),
    Route("GET", "/readyz", health.readyz, OPEN),
    Route("GET", r"/static/{hash:[0-9a-f]{16}}/{name:[a-z0-9_./-]+}", files.static, OPEN),
    Route("GET", "/favicon.ico", files.icon, OPEN),
)
