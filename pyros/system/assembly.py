"""From a configuration to the tree of actors: who is told what at birth, and where each lives."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from hashlib import sha256

from pyros.actors import tree
from pyros.actors.alerts import settings as alert_settings
from pyros.actors.alerts.actor import Alerts
from pyros.actors.alerts.broker import Broker
from pyros.actors.alerts.inlet import Inlet
from pyros.actors.alerts.spool import Spool
from pyros.actors.analyzer.actor import Analyzer, Laboratory
from pyros.actors.analyzer.pipeline import detectors_of
from pyros.actors.devices import settings as device_settings
from pyros.actors.devices.actor import DeviceActor
from pyros.actors.majordome.actor import Majordome
from pyros.actors.majordome.actor import Parts as MajordomeParts
from pyros.actors.majordome.facts import Rules
from pyros.actors.monitoring import settings as monitoring_settings
from pyros.actors.monitoring.actor import Monitoring
from pyros.actors.observation.actor import Observation
from pyros.actors.observation.actor import Parts as ObservationParts
from pyros.actors.observation.frames import Studio
from pyros.actors.observation.job import House
from pyros.actors.observation.steps import Channel
from pyros.actors.scheduler import settings as scheduler_settings
from pyros.actors.scheduler.actor import Desk, Scheduler
from pyros.actors.scheduler.settings import site_of
from pyros.config.alerts import Source, VtpSource
from pyros.config.devices import Camera
from pyros.config.document import read
from pyros.config.model import Config
from pyros.kernel.actor import SupervisedActor
from pyros.store import telemetry
from pyros.store.engine import Store
from pyros.store.sink import BusSink
from pyros.store.writer import StoreWriter
from pyros.system.outside import Outside
from pyros.system.prepare import timings_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Assembly:
    """Makes the factories of one house."""

    config: Config
    store: Store
    outside: Outside
    web: Callable[[], SupervisedActor] | None = None

    def factories(self) -> tree.Factories:
        """Return how each actor of the tree is made."""
        config = self.config
        strategy = read(config.alerts.strategy).data if config.alerts.strategy else None
        alerts = alert_settings.settings_of(config, strategy)
        return tree.Factories(
            writer=partial(StoreWriter, self.store),
            sink=partial(BusSink, tree.WRITER) if self.outside.ports else None,
            monitoring=partial(
                Monitoring,
                monitoring_settings.settings_of(config, self.device_paths()),
                partial(self.store.read, telemetry.cause_clocks),
            ),
            alerts=partial(Alerts, alerts, site_of(self.config)),
            sources={
                source.name: partial(_source, source, alerts)
                for source in config.alerts.sources
                if self.outside.ports
            },
            web=self.web,
            devices=self._devices(),
            analyzer=partial(Analyzer, self._laboratory(), self.outside.image_workers),
            observation=partial(Observation, self._observation()),
            scheduler=partial(Scheduler, self._scheduler(), self.outside.scheduling_worker),
            majordome=partial(Majordome, self._majordome()),
        )

    def staff(self) -> dict[str, str]:
        """Return the path of each manager and device by its name."""
        return {
            "majordome": tree.MAJORDOME,
            "observation": tree.OBSERVATION,
            "scheduler": tree.SCHEDULER,
            "alerts": tree.ALERTS,
            "monitoring": tree.MONITORING,
            "analyzer": tree.ANALYZER,
        } | self.device_paths()

    def device_paths(self) -> dict[str, str]:
        """Return the path of each device's actor by its name."""
        return {one.name: tree.device_path(one) for one in self._devices()}

    def _devices(self) -> tuple[tree.DeviceChild, ...]:
        return tuple(
            tree.DeviceChild(
                name=name,
                unit=entry.unit,
                blocking=entry.blocking,
                factory=partial(
                    DeviceActor,
                    device_settings.settings_of(self.config, name),
                    self.outside.drivers[name],
                ),
            )
            for name, entry in self.config.devices.items()
        )

    def _laboratory(self) -> Laboratory:
        config = self.config
        return Laboratory(
            root=config.data.root,
            detectors=detectors_of(config),
            store=self.store,
            writer=tree.WRITER,
            workers=config.analyzer.workers,
            job_s=config.analyzer.job_s,
            durable=self.outside.durable,
        )

    def _observation(self) -> ObservationParts:
        config = self.config
        cameras = {
            name: entry for name, entry in config.devices.items() if isinstance(entry, Camera)
        }
        telescope = next(n for n, entry in config.devices.items() if entry.kind == "telescope")
        studio = Studio(
            root=config.data.root,
            site=site_of(self.config),
            site_name=config.site.name,
            telescope=config.devices[telescope].title or telescope,
            cameras=cameras,
            config_hash=_hash_of(config),
            durable=self.outside.durable,
        )
        house = House(
            studio=studio,
            telescope=telescope,
            channels=_channels(config),
            staff=self.staff(),
            writer=tree.WRITER,
        )
        return ObservationParts(house=house, store=self.store, config=config, plans=tree.PLANS)

    def _scheduler(self) -> Desk:
        counted = self.outside.runtime is not None  # virtual time: no answer hangs on a machine
        settings = scheduler_settings.settings_of(self.config, counted=counted)
        return Desk(settings=settings, store=self.store, writer=tree.WRITER)

    def _majordome(self) -> MajordomeParts:
        config = self.config
        rules = Rules(
            site=site_of(self.config),
            night=config.night,
            safety=config.safety,
            devices={
                name: device_settings.device_of(name, entry)
                for name, entry in config.devices.items()
            },
            channels={
                name: tuple(one for one in (channel.camera, channel.wheel) if one)
                for name, channel in config.channels.items()
            },
        )
        return MajordomeParts(rules=rules, store=self.store, writer=tree.WRITER, staff=self.staff())


def _hash_of(config: Config) -> str:
    """Return what tells configurations apart in a frame's header; where data lie is no part."""
    text = config.model_dump_json(exclude={"data"})
    return sha256(text.encode()).hexdigest()[:16]


def _channels(config: Config) -> Mapping[str, Channel]:
    timings = timings_of(config)
    return {
        name: Channel(
            name=name,
            camera=channel.camera,
            wheel=channel.wheel or "",
            readout_s=timings.of(name).readout_s,
            filter_s=timings.of(name).filter_s,
        )
        for name, channel in config.channels.items()
    }


def _source(source: Source, settings: alert_settings.Settings) -> SupervisedActor:
    """Make the actor of an alert source; what it receives is spooled before it is acknowledged."""
    spool = Spool(settings.spool) if settings.spool is not None else None
    if isinstance(source, VtpSource):
        return Broker(source, name=settings.authority, spool=spool)
    return Inlet(source, name=settings.authority, spool=spool)
