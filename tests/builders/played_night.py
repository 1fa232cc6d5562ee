"""A night as the web sees it: what is stored of it, and what its actors would have published."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import timedelta

import numpy as np

from pyros.domain.alert import Alert, AlertState, Stamps
from pyros.domain.audit import LogLine
from pyros.domain.conditions import CauseStatus, Conditions, Sky
from pyros.domain.devices.device import DeviceState, Kind
from pyros.domain.devices.state import (
    CameraState,
    DomeState,
    FilterWheelState,
    Identity,
    PlcState,
    Sample,
    TelescopeState,
    WeatherState,
)
from pyros.domain.execution import Execution, Outcome
from pyros.domain.holds import Hold, HoldKind, mode_of
from pyros.domain.image import AnalysisResult, Image, Level
from pyros.domain.schedule import Cause, Night, Refusal, Schedule, Slot
from pyros.images.preview import preview
from pyros.messages import events
from pyros.sky.airmass import airmass
from pyros.sky.coords import altaz
from pyros.sky.night import night_of
from pyros.sky.site import Site
from pyros.store import alerts, house, images, observations, requests, schema, telemetry
from pyros.store.alerts import StoredNotice
from pyros.system.prepare import prepare

SLOT = timedelta(minutes=22)
KINDS = {
    "telescope": Kind.TELESCOPE,
    "camera-vis": Kind.CAMERA,
    "wheel-vis": Kind.FILTER_WHEEL,
    "camera-nir": Kind.CAMERA,
    "dome": Kind.DOME,
    "plc": Kind.PLC,
    "weather": Kind.WEATHER,
}


def site_of(config) -> Site:
    """Return the site of a configuration."""
    at = config.site
    return Site(lat_deg=at.latitude_deg, lon_deg=at.longitude_deg, horizon=at.horizon)


def store_night(a_house, now):
    """Write a night under way: requests, a schedule, executions, images, weather, alerts, log."""
    config = a_house.parts.config
    schema.bring(a_house.store, by_itself=True)
    prepare(config, a_house.store, now)
    limits = night_of(site_of(config), now, config.night.twilight)
    night = Night(
        date=limits.date,
        sunset=limits.sunset,
        sunrise=limits.sunrise,
        start=limits.start,
        end=limits.end,
        alert_start=limits.alert_start,
        alert_end=limits.alert_end,
    )
    a_house.store.write(lambda session: _rows(session, a_house, night, now))
    return night


def _rows(session, a_house, night, now):
    observations.save_night(session, night)
    schedule = observations.add_schedule(session, _schedule(session, a_house, night))
    done = [_done(session, slot, night) for slot in schedule.slots if slot.end < now]
    for number, execution in enumerate(done):
        _image(session, a_house, execution, number)
    for minute in range(-480, 1):
        telemetry.add_conditions(session, weather(now + timedelta(minutes=minute), minute))
    for alert in (burst(now), drill(now - timedelta(hours=2))):
        alerts.save_alert(session, alert)
    for notice in _notices(now):
        alerts.add_notice(session, notice)
    house.log(session, [_line(n, now) for n in range(60)])


def _schedule(session, a_house, night):
    site, at, slots, refusals = site_of(a_house.parts.config), night.start, [], []
    for request in reversed(requests.load_all(session)):
        for sequence in request.sequences:
            target = sequence.target
            alt, _ = altaz(site, target.ra_deg, target.dec_deg, at)
            if float(alt) < 30.0 or at > night.end - SLOT:
                text = f"never above 30 deg in the free time; {float(alt):.1f} deg at its best"
                refusals.append(
                    Refusal(
                        sequence_id=sequence.id,
                        request_id=request.id,
                        name=sequence.name,
                        code="ALTITUDE",
                        numbers={"required_deg": 30.0, "best_deg": round(float(alt), 1)},
                        text=text,
                    )
                )
                continue
            slots.append(
                Slot(
                    sequence_id=sequence.id,
                    request_id=request.id,
                    name=sequence.name,
                    start=at,
                    on_target=at + timedelta(seconds=40),
                    end=at + SLOT,
                    airmass=float(airmass(alt)),
                    moon_distance_deg=71.0,
                )
            )
            at += SLOT + timedelta(minutes=2)
    return Schedule(
        night=night.date,
        made_at=night.start - timedelta(minutes=5),
        cause=Cause.FIRST,
        solver="greedy",
        runtime_ms=84.0,
        slots=tuple(slots),
        refusals=tuple(refusals),
    )


def _done(session, slot, night):
    outcome = Outcome.INTERRUPTED if slot.sequence_id % 4 == 0 else Outcome.DONE
    execution = Execution(
        sequence_id=slot.sequence_id,
        name=slot.name,
        night=night.date,
        start=slot.start,
        exposures_planned=12,
    )
    begun, _ = observations.begin_execution(session, execution, ())
    ended = replace(
        begun,
        end=slot.start + (SLOT if outcome is Outcome.DONE else timedelta(minutes=7)),
        outcome=outcome,
        reason="" if outcome is Outcome.DONE else "alert",
        exposures_done=12 if outcome is Outcome.DONE else 4,
        served_s=600.0,
    )
    observations.end_execution(session, ended)
    return ended


def stars(seed):
    """Return a frame with a sky and two hundred stars."""
    random = np.random.default_rng(seed)
    frame = random.normal(1300.0, 12.0, (512, 512))
    rows, columns = np.mgrid[-6:7, -6:7]
    shape = np.exp(-(rows**2 + columns**2) / 4.0)
    for x, y, flux in zip(
        random.integers(8, 504, 200),
        random.integers(8, 504, 200),
        100.0 * random.pareto(1.1, 200) + 60.0,
        strict=True,
    ):
        frame[y - 6 : y + 7, x - 6 : x + 7] += flux * shape
    return frame


def _image(session, a_house, execution, number):
    for channel, band in (("vis", "r"), ("nir", "")):
        name = f"{execution.night}/{channel}/preview/{number}.png"
        path = a_house.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if number % 5 == 0 or execution.id % 3 == 0:
            path.write_bytes(preview(stars(number + len(channel))).png)
        else:
            path.write_bytes(preview(stars(1)[:64, :64]).png)
        raw = images.add(session, image_of(execution, channel, band, number))
        images.add(
            session,
            replace(
                raw,
                id=0,
                level=Level.L1A,
                path=raw.path.replace("L0", "L1a"),
                preview_path=name,
                fwhm_arcsec=1.8 + 0.1 * number,
                sources=181 + number,
                background=312.0,
            ),
        )


def image_of(execution, channel, band, number):
    """Return a raw image of an execution."""
    key = hashlib.sha256(f"{execution.id}{channel}{number}".encode()).hexdigest()[:32]
    return Image(
        exposure_key=key,
        night=execution.night,
        execution_id=execution.id,
        sequence_id=execution.sequence_id,
        channel=channel,
        filter=band,
        start=execution.start + timedelta(minutes=6),
        exposure_s=30.0,
        target=execution.name,
        airmass=1.2,
        path=f"{execution.night}/{channel}/L0/{number}.fits",
        sha256=key,
        bytes=2_000_000,
    )


def weather(at, minute=0, *, humidity_pct=None):
    """Return a verdict; humid two hours ago, or as humid as wanted."""
    humid = humidity_pct or 55.0 + 8.0 * np.sin(minute / 90.0) + (
        40.0 if -150 < minute < -120 else 0.0
    )
    bad = humid >= 90.0
    cause = CauseStatus(
        cause="humidity",
        value=float(humid),
        unit="%",
        bad_limit=90.0,
        good_limit=85.0,
        bad=True,
        last_bad_at=at,
        good_at=None,
    )
    return Conditions(
        at=at,
        complete=True,
        safe=not bad,
        causes=(cause,) if bad else (),
        sky=Sky.CLEAR,
        values={
            "rain": False,
            "wind_m_s": 4.0 + float(np.sin(minute / 40.0)),
            "gust_m_s": 7.0 + 2.0 * float(np.sin(minute / 23.0)),
            "humidity_pct": float(humid),
            "temperature_C": 6.0 - minute / 300.0,
            "dew_point_C": -3.0 + float(humid) / 20.0,
            "sky_temperature_C": -27.0 + 2.0 * float(np.sin(minute / 60.0)),
        },
    )


def burst(now):
    """Return an alert that is being observed."""
    return Alert(
        name="GRB261125B",
        state=AlertState.ACTIVE,
        burst_at=now - timedelta(seconds=70),
        ra_deg=52.1,
        dec_deg=31.4,
        r90_deg=0.05,
        members=(("svom", "sb26112501"), ("fermi", "785732811")),
        rule="close-and-dark",
        stamps=Stamps(
            burst=now - timedelta(seconds=70),
            received=now - timedelta(seconds=40),
            decided=now - timedelta(seconds=39.99),
            commanded=now - timedelta(seconds=39.98),
        ),
    )


def drill(now):
    """Return a drill of earlier tonight."""
    return Alert(
        name="TEST261125A",
        state=AlertState.EXPIRED,
        drill=True,
        ra_deg=70.0,
        dec_deg=20.0,
        r90_deg=0.2,
        reasons=("over",),
        stamps=Stamps(received=now),
    )


def _notices(now):
    reasons = (
        ("role test: should be observation", "what local brings moves nothing"),
        ("Fermi GBM flight position is not among those that may move",),
        ("r90 14.2 deg: at most 10 is allowed", "burst 31.0 h old: at most 24 h is allowed"),
    )
    for number, why in enumerate(reasons):
        yield StoredNotice(
            source="local",
            ivorn=f"ivo://nasa.gsfc.gcn/Fermi#GBM_{number}_2026-11-25",
            sha256=f"{number:064x}",
            received_at=now - timedelta(minutes=50 - number),
            raw=b"<x/>",
            kind=("SVOM ECLAIRs wakeup", "GBM flight position", "Swift BAT position")[number],
            reasons=why,
        )


def _line(number, now):
    texts = (
        ("INFO", "/night/majordome", "slot of 'M31 core' armed, starts in 94 s"),
        ("INFO", "/night/observing/observation", "M31 core: exposure 7 of 12 in r is safe on disk"),
        (
            "WARNING",
            "/devices/unit-nir/camera-nir",
            "camera-nir: no answer in 1.0 s; next try in 5.0 s",
        ),
        (
            "ERROR",
            "/always_on/alerts/broker-local",
            "packet of 81 bytes is no VOEvent: kept, not read",
        ),
    )
    level, actor, text = texts[(0, 1, 0, 1, 2, 1, 0, 3)[number % 8]]
    at = now - timedelta(seconds=20 * (60 - number))
    return LogLine(at=at, level=level, actor=actor, text=text)


def say_all(a_house, night, now, *holds):
    """Publish what every part of the house would have said by now."""
    execution = Execution(
        id=900,
        sequence_id=3,
        name="M31 core",
        night=night.date,
        start=now - timedelta(minutes=6),
        exposures_done=4,
        exposures_planned=12,
    )
    running = None if holds else execution
    a_house.publish(
        *(status(name, now) for name in KINDS),
        events.ConditionsChanged(at=now, conditions=weather(now)),
        *house_says(now, night, running, holds),
        events.ExecutionProgress(
            at=now,
            execution=execution,
            step="exposing 30 s in r",
            expected_end=now + timedelta(minutes=14),
        ),
        *(
            events.LogRecorded(at=line.at, level=line.level, actor=line.actor, text=line.text)
            for line in (_line(n, now) for n in range(60))
        ),
    )


def house_says(now, night, running, holds):
    """Return what the majordome publishes of its holds and its doing."""
    why = "; ".join(f"{hold.key}: {hold.reason}" for hold in holds)
    yield events.HoldsChanged(at=now, mode=mode_of(holds), holds=tuple(holds))
    yield events.HouseStatus(
        at=now,
        mode=mode_of(holds),
        doing=f"observing {running.name}" if running else "waiting",
        night=night,
        running=running,
        next_sequence_id=5,
        next_name="Bubble of M33",
        next_start=now + timedelta(minutes=18),
        why_idle=why,
    )


def alert_says(alert, *, in_progress=True):
    """Return what alerts publishes of one."""
    at = alert.stamps.received
    return events.AlertChanged(at=at, name=alert.name, alert=alert, in_progress=in_progress)


def operator_hold(now):
    """Return the hold of somebody who pressed Pause."""
    return Hold(
        key="operator",
        kind=HoldKind.OPERATOR,
        since=now,
        by="ada@x.org",
        reason="paused by ada@x.org",
        closes=False,
        latched=True,
    )


def analysed(a_house):
    """Return what the analyzer says of the newest reduced image."""
    image = a_house.store.read(lambda session: images.latest(session, "vis", level=Level.L1A))
    result = AnalysisResult(image_id=image.id, kind="REDUCTION", ok=True)
    return events.ImageAnalysed(at=image.start, image=image, result=result)


def status(name, now, life=None, **more):
    """Return what a device says of itself."""
    lives = {"camera-vis": DeviceState.BUSY, "camera-nir": DeviceState.DISABLED}
    reasons = {"camera-nir": "no answer in 1.0 s"}
    life = life or lives.get(name, DeviceState.READY)
    return events.DeviceStatus(
        at=now,
        device=name,
        kind=KINDS[name],
        life=life,
        since=now - timedelta(minutes=40),
        blocking=name not in {"camera-nir", "wheel-vis"},
        simulated=True,
        unit=name,
        reason=reasons.get(name, "") if life is not DeviceState.READY else "",
        snapshot=snapshot(name, now),
        identity=Identity(maker="PyROS", model="simulated", firmware="1.0"),
        refusals={"slew": ("weather: humidity",)} if name == "telescope" else {},
        **more,
    )


def snapshot(name, now):
    """Return a device's own word."""
    head = {"device": name, "sampled_at": now}
    sample = Sample(value=4.0, at=now, unit="m/s")
    match KINDS[name]:
        case Kind.TELESCOPE:
            return TelescopeState(
                **head,
                phase="tracking",
                ra_deg=10.68,
                dec_deg=41.27,
                altitude_deg=71.2,
                azimuth_deg=318.0,
                target_ra_deg=10.68,
                target_dec_deg=41.27,
                tracking=True,
            )
        case Kind.CAMERA:
            return CameraState(
                **head, phase="exposing", remaining_s=21.0, temperature_C=-70.0, cooler_stable=True
            )
        case Kind.FILTER_WHEEL:
            return FilterWheelState(**head, phase="idle", slot=2, name="r")
        case Kind.DOME:
            return DomeState(**head, phase="open", open_switch=True, azimuth_deg=316.0)
        case Kind.PLC:
            return PlcState(**head, phase="ok", is_safe=True)
        case _:
            return WeatherState(**head, phase="ok", sensors={"wind_m_s": sample})
