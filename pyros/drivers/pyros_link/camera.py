"""A camera that speaks our protocol."""

from __future__ import annotations

from pyros.domain.devices.device import Kind
from pyros.domain.devices.operation import Operation
from pyros.domain.devices.orders import Exposure
from pyros.domain.devices.plain import to_plain
from pyros.domain.devices.state import CameraState
from pyros.drivers.interface import FrameData
from pyros.drivers.pyros_link.client import LinkDriver


class LinkCamera(LinkDriver[CameraState]):
    """Answers for `interface.CameraDriver`."""

    kind = Kind.CAMERA

    def expose(self, exposure: Exposure, *, key: str) -> Operation:
        """Begin an exposure; the frame is then held under `key` until dropped."""
        args = to_plain(exposure)
        return self.order("expose", args if isinstance(args, dict) else {}, key=key)

    def cooler(self, *, on: bool, setpoint_C: float, key: str) -> Operation:
        """Hold the detector at a temperature, degrees Celsius."""
        return self.order("cooler", {"on": on, "setpoint_C": setpoint_C}, key=key)

    def stop(self, *, key: str) -> Operation:
        """End the exposure early and read it out."""
        return self.order("stop", {}, key=key)

    def fetch(self, key: str, *, timeout_s: float) -> FrameData:
        """Return a held frame; raises NotNow if there is none, HardwareFault if it is corrupt."""
        client = self.port.client
        pixels, meta = self.port.ask(lambda: client.fetch(key, timeout_s), "fetch")
        return FrameData(key=key, pixels=pixels, meta=meta)

    def drop(self, key: str) -> None:
        """Let the camera forget a frame that is safe on disk; raises DeviceUnreachable."""
        self.port.ask(lambda: self.port.client.drop(key), "drop")
