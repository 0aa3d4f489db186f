"""Runs the service under granian: one process that answers from a SQLite log, one or more from PostgreSQL.

granian keeps a parent and forks the processes that answer. Policies, rulesets and the log are opened in each of
them and closed when it ends; it is started anew if it dies, and ends if its parent is gone, so that nobody is left
holding the log.
"""

from __future__ import annotations

import ipaddress
import logging
import multiprocessing
import os
import signal
import socket
import threading
import time
from functools import partial
from multiprocessing import util

from flask import Flask
from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.log import LogLevels

from service import messages
from service.access.keys import AccessKeys
from service.api.app import create_app
from service.api.checkpoints import CheckpointKeeper
from service.api.desk import EXTENSION, Desk
from service.api.watcher import PolicyWatcher
from service.api.workers import Workers
from service.config import Settings
from service.decisions.database import is_shared
from service.decisions.faults import LogFault, LogUnavailable
from service.decisions.log import DecisionLog
from service.engine.revisions import Revisions
from service.problems import FilePlace, Problem, problem

_logger = logging.getLogger(__name__)
# Neither query strings nor bodies: a path holds ids only.
_ACCESS = '%(time)s %(addr)s "%(method)s %(path)s" %(status)d %(dt_ms).1fms'
_LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"},
        "access": {"format": "%(message)s"},
    },
    "handlers": {
        "line": {"class": "logging.StreamHandler", "formatter": "line"},
        "access": {"class": "logging.StreamHandler", "formatter": "access"},
    },
    "loggers": {
        "_granian": {"handlers": ["line"], "level": "WARNING", "propagate": False},
        "granian.access": {"handlers": ["access"], "level": "INFO", "propagate": False},
        "service": {"handlers": ["line"], "level": "INFO", "propagate": False},
    },
}
# Connections taken at once; more wait in the kernel's queue.
_BACKPRESSURE = 256
_BACKLOG = 1024
_HEADER_MILLISECONDS = 10_000
_GRACE_SECONDS = 30
_AGAIN_SECONDS = 0.5


class ServeError(Exception):
    """The service cannot start; `problems` say why."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__("; ".join(str(item) for item in problems))
        self.problems = problems


def serve(
    settings: Settings,
    host: str | None = None,
    port: int | None = None,
    insecure: bool = False,
    *,
    access_log: bool = True,
) -> None:
    """Serve until SIGTERM, SIGINT or SIGHUP, then finish the requests under way and close the log.

    `host` and `port` override the settings. Faulty policies do not keep the service from starting: they are
    logged, /readyz tells, and they are loaded once they are mended. Raises ServeError where the address cannot be
    bound or is not loopback without keys or `insecure`, and where several processes were to share a SQLite log;
    LogUnavailable or LogDamaged where the log cannot be opened; SystemExit where a process that answers keeps ending
    by itself.
    """
    host, port = host or settings.host, port or settings.port
    if not insecure and not is_local(host) and not _has_keys(settings):
        raise ServeError(problem("serve-not-local", FilePlace("--host")))
    if settings.workers > 1 and not is_shared(settings.database_url):
        raise ServeError(problem("serve-workers-sqlite", FilePlace("--workers"), workers=settings.workers))
    require_free(host, port)
    # Opened and closed once here, so that what is wrong is said by the caller and not by a process that died.
    _log(settings).close()
    server = Workers(
        __name__,
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        http=HTTPModes.http1,
        websockets=False,
        workers=settings.workers,
        respawn_failed_workers=True,
        blocking_threads=settings.threads,
        backlog=_BACKLOG,
        backpressure=_BACKPRESSURE,
        http1_settings=HTTP1Settings(header_read_timeout=_HEADER_MILLISECONDS),
        log_level=LogLevels.error,
        log_dictconfig=_LOGGING,
        log_access=access_log,
        log_access_format=_ACCESS,
        workers_kill_timeout=_GRACE_SECONDS,
    )
    # granian would start a second process beside the first, which holds the log; and policies reload by
    # themselves.
    server.on_startup(lambda: signal.signal(signal.SIGHUP, server.signal_handler_interrupt))
    server.serve(target_loader=partial(_open, settings, insecure, f"http://{host}:{port}"), wrap_loader=False)


def is_local(host: str) -> bool:
    """Whether an address to listen on can be reached from this machine only."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _has_keys(settings: Settings) -> bool:
    """Whether a key was ever made, so that strangers are turned away; a log that is missing is not made."""
    try:
        with _log(settings, create=False, serving=False) as log:
            return AccessKeys(log.database).configured()
    except LogUnavailable as fault:
        if any(item.code == "log-missing" for item in fault.problems):
            return False
        raise


def require_free(host: str, port: int) -> None:
    """ServeError where the address cannot be bound; granian shares a port another server listens on."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as fault:
        raise ServeError(problem("serve-port-taken", FilePlace(f"{host}:{port}"), port=port)) from fault


def _open(settings: Settings, insecure: bool, address: str) -> Flask:
    """The application with all it needs, in a process that answers; closed when that process ends."""
    threading.Thread(target=_end_with_parent, name="parent-watch", daemon=True).start()
    log = _awaited_log(settings)
    util.Finalize(None, log.close, exitpriority=1)
    revisions = Revisions(settings.policies)
    util.Finalize(None, revisions.close, exitpriority=1)
    for item in revisions.reload():
        _logger.warning("%s", item)
    if not revisions.ready:
        _logger.error("%s", messages.text("serve-policies-faulty"))
    app = create_app(settings, revisions, log, insecure=insecure)
    desk: Desk = app.extensions[EXTENSION]
    if insecure and not desk.keys.configured():
        _logger.warning("%s", messages.text("serve-insecure"))
    watcher = PolicyWatcher(desk)
    try:
        watcher.look()
    except LogFault as fault:
        _logger.error("%s", fault)
    watcher.start()
    # A higher priority goes first: the watcher writes to the log.
    util.Finalize(None, watcher.stop, exitpriority=2)
    keeper = CheckpointKeeper(desk)
    keeper.start()
    util.Finalize(None, keeper.stop, exitpriority=2)
    _logger.info("%s", messages.text("serve-listening", address=address))
    return app


def _awaited_log(settings: Settings) -> DecisionLog:
    """The log, waited for: a process that takes the place of another may find the database on its way back."""
    told = False
    while True:
        try:
            return _log(settings)
        except LogUnavailable as fault:
            if not told:
                _logger.error("%s", fault)
            told = True
            time.sleep(_AGAIN_SECONDS)


def _log(settings: Settings, *, create: bool = True, serving: bool = True) -> DecisionLog:
    return DecisionLog.open(
        settings.database_url,
        key_file=settings.key_file,
        signing_key=settings.signing_key_file,
        origin=settings.origin,
        create=create,
        serving=serving,
    )


def _end_with_parent() -> None:
    """End this process as SIGTERM would once its parent is gone, however that died."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os.kill(os.getpid(), signal.SIGTERM)
