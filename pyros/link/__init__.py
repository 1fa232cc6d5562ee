"""Our device protocol: msgpack over ZMQ."""
