"""Settings: defaults, values, and every wrong value at once."""

from __future__ import annotations

from dataclasses import fields
from datetime import timedelta
from pathlib import Path

import pytest

from service.config import Settings, read_settings
from service.problems import Severity


def test_an_empty_environment_gives_the_defaults() -> None:
    assert read_settings({"HOME": "/root", "ELIGIBILITY_PORT": " "}) == (Settings(), ())


def test_values_are_read() -> None:
    settings, problems = read_settings(
        {
            "ELIGIBILITY_POLICIES": "/etc/policies",
            "ELIGIBILITY_DATABASE_URL": "sqlite:////srv/log.db",
            "ELIGIBILITY_KEY_FILE": "/srv/master.key",
            "ELIGIBILITY_SIGNING_KEY": "/srv/tree.key",
            "ELIGIBILITY_ORIGIN": "example.gov.cn/eligibility",
            "ELIGIBILITY_CHECKPOINTS": "/srv/checkpoints",
            "ELIGIBILITY_CHECKPOINT_SECONDS": "60",
            "ELIGIBILITY_MAX_BODY_BYTES": "2048",
            "ELIGIBILITY_RELOAD_SECONDS": "0.5",
            "ELIGIBILITY_HOST": "::1",
            "ELIGIBILITY_PORT": "9000",
            "ELIGIBILITY_WORKERS": "2",
            "ELIGIBILITY_THREADS": "3",
            "ELIGIBILITY_UTC_OFFSET": "-03:30",
        }
    )
    assert problems == ()
    assert settings is not None
    assert settings.policies == Path("/etc/policies")
    assert settings.database_url == "sqlite:////srv/log.db"
    assert settings.key_file == Path("/srv/master.key")
    assert (settings.signing_key_file, settings.checkpoints_folder) == (Path("/srv/tree.key"), Path("/srv/checkpoints"))
    assert (settings.origin, settings.checkpoint_seconds) == ("example.gov.cn/eligibility", 60.0)
    assert (settings.max_body_bytes, settings.reload_seconds) == (2048, 0.5)
    assert (settings.host, settings.port) == ("::1", 9000)
    assert (settings.workers, settings.threads) == (2, 3)
    assert settings.utc_offset.utcoffset(None) == -timedelta(hours=3, minutes=30)


def test_every_setting_can_be_set() -> None:
    for field in fields(Settings):
        _, problems = read_settings({f"ELIGIBILITY_{field.name.upper()}": "1"})
        assert "config-unknown" not in [item.code for item in problems]


@pytest.mark.parametrize(
    ("variable", "value", "code"),
    [
        ("ELIGIBILITY_MAX_BODY_BYTES", "1MB", "config-max-body"),
        ("ELIGIBILITY_MAX_BODY_BYTES", "-1", "config-max-body"),
        ("ELIGIBILITY_MAX_BODY_BYTES", "999", "config-max-body"),
        ("ELIGIBILITY_PORT", "65536", "config-port"),
        ("ELIGIBILITY_PORT", "8_000", "config-port"),
        ("ELIGIBILITY_THREADS", "0", "config-threads"),
        ("ELIGIBILITY_RELOAD_SECONDS", "nan", "config-seconds"),
        ("ELIGIBILITY_HOST", "a b", "config-host"),
        ("ELIGIBILITY_ORIGIN", "a b", "config-origin"),
        ("ELIGIBILITY_ORIGIN", "a+b", "config-origin"),
        ("ELIGIBILITY_CHECKPOINT_SECONDS", "-1", "config-checkpoint-seconds"),
        ("ELIGIBILITY_UTC_OFFSET", "Asia/Shanghai", "config-utc-offset"),
        ("ELIGIBILITY_UTC_OFFSET", "+8", "config-utc-offset"),
    ],
)
def test_a_wrong_value_is_a_problem_that_does_not_repeat_it(variable: str, value: str, code: str) -> None:
    settings, problems = read_settings({variable: value})
    assert settings is None
    assert [(item.code, str(item.place)) for item in problems] == [(code, variable)]
    assert value not in problems[0].message


def test_all_wrong_values_are_told_at_once() -> None:
    _, problems = read_settings({"ELIGIBILITY_PORT": "x", "ELIGIBILITY_THREADS": "y", "ELIGIBILITY_HOST": "!"})
    assert len(problems) == 3


def test_a_misspelt_variable_is_warned_of_with_the_known_one() -> None:
    settings, problems = read_settings({"ELIGIBILITY_POLICY": "x"})
    assert settings == Settings()
    assert [item.severity for item in problems] == [Severity.WARNING]
    assert problems[0].suggestion == "ELIGIBILITY_POLICIES"
