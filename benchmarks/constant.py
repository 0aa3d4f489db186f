"""A Flask application that answers one constant, under the server and settings of the service."""

from __future__ import annotations

import sys

from flask import Flask, request
from granian.constants import HTTPModes, Interfaces
from granian.server import Server

app = Flask(__name__)


@app.post("/")
def constant() -> tuple[str, int, dict[str, str]]:
    """The constant, once the body has been read as any answer would."""
    request.get_data()
    return '{"status":"ok"}', 200, {"Content-Type": "application/json"}


def main() -> None:
    """Serve on the loopback port given as the argument."""
    Server(
        "benchmarks.constant:app", address="127.0.0.1", port=int(sys.argv[1]), interface=Interfaces.WSGI,
        workers=1, blocking_threads=8, http=HTTPModes.http1, log_enabled=False,
    ).serve()  # fmt: skip


if __name__ == "__main__":
    main()
