"""From a frame in the camera to an image on disk and in the store."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

from pyros.actors.observation import frames, rows
from pyros.actors.observation.pen import Pen
from pyros.actors.observation.steps import Channel
from pyros.domain.execution import PlanStep
from pyros.domain.image import Image
from pyros.drivers.interface import FrameData
from pyros.errors import Refused
from pyros.messages.device_commands import DropFrame, FetchFrame
from pyros.messages.events import DeviceStatus, ImageTaken

FETCH_S = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """What was known when an exposure began."""

    at: datetime
    telescope: DeviceStatus | None = None
    camera: DeviceStatus | None = None


@dataclass(slots=True, kw_only=True)
class Darkroom:
    """Fetches, writes, files and drops the frames of one plan."""

    pen: Pen
    studio: frames.Studio
    subject: frames.Subject
    telescope: str
    channels: Mapping[str, Channel]
    staff: Mapping[str, str]
    images: int = 0
    _began: dict[str, Start] = field(default_factory=dict)

    def note_start(self, expose: PlanStep, at: datetime) -> None:
        """Remember when an exposure began, where the telescope pointed, how cold the camera was."""
        camera = self.channels[expose.lane].camera
        self._began[expose.key] = Start(
            at=at, telescope=self.status(self.telescope), camera=self.status(camera)
        )

    def status(self, device: str) -> DeviceStatus | None:
        """Return what a device last said of itself."""
        status = self.pen.context.bus.latest(f"device/{device}")
        return status if isinstance(status, DeviceStatus) else None

    def develop(self, expose: PlanStep, at: datetime) -> Image:
        """Return the image of an exposure that has ended; its file is on disk.

        Raises:
            Refused: the camera has no such frame.
            NotRunning: nobody answers for the camera.
            OSError: the disk does not take the file.
        """
        channel = self.channels[expose.lane]
        camera = self.pen.context.address(self.staff[channel.camera])
        frame = camera.ask(FetchFrame(at=at, key=expose.key), timeout_s=FETCH_S)
        if not isinstance(frame, FrameData):
            raise Refused(f"{channel.camera} answered {type(frame).__name__}, not a frame")
        start = self._began.get(expose.key, Start(at=expose.started_at or at))
        taken = frames.Taken(
            step=expose,
            channel=channel.name,
            camera=channel.camera,
            start=start.at,
            telescope=start.telescope,
            before=start.camera,
            status=self.status(channel.camera),
            versions=self._versions(channel),
        )
        return frames.save(self.studio, self.subject, taken, frame.pixels)

    def file(self, image: Image, saved: PlanStep | None, at: datetime) -> None:
        """Write image and step down in one transaction, tell of it, and free the camera.

        The camera keeps its frame until the store has the image, unless the store is away: the
        file is on disk and the row is written when the store is back.
        """
        work = partial(rows.save, image=image, step=saved)
        stored = self.pen.now(work, "image")
        if stored is None:
            self.pen.later(work, "image")
        else:
            self.images += 1
            self.pen.say(ImageTaken(at=at, image=stored))
        camera = self.staff[self.channels[image.channel].camera]
        self.pen.context.address(camera).offer(DropFrame(at=at, key=image.exposure_key))

    def _versions(self, channel: Channel) -> tuple[tuple[str, str], ...]:
        names = [name for name in (self.telescope, channel.camera, channel.wheel) if name]
        return tuple((name, self._version(name)) for name in names)

    def _version(self, device: str) -> str:
        status = self.status(device)
        identity = status.identity if status else None
        return f"{identity.model} {identity.firmware}".strip() if identity else ""
