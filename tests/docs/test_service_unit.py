"""The unit in contrib/: what systemd says to it, and what it must not promise."""

import configparser
import os
import shutil
import subprocess
import sys
from pathlib import Path

from storage.sync.pulse import BEAT_SECONDS

CONTRIB = Path(__file__).parents[2] / "contrib"
UNIT = CONTRIB / "rotadesk.service"
CLOSED = CONTRIB / "rotadesk.service.d" / "closed-files.conf"
NAMESPACES = {"ProtectSystem", "ProtectHome", "PrivateTmp", "PrivateDevices", "ReadWritePaths"}


def settings(path):
    found = configparser.ConfigParser(interpolation=None, strict=False)
    found.optionxform = str
    found.read_string(path.read_text())
    return found


def objections(unit):
    """Return what systemd has against a unit; nothing where there is no systemd."""
    if shutil.which("systemd-analyze") is None:
        return ""
    told = subprocess.run(
        ["systemd-analyze", "--user", "--man=no", "verify", unit],
        env=os.environ | {"XDG_RUNTIME_DIR": str(unit.parent)},
        capture_output=True,
        text=True,
        check=False,
    )
    return told.stderr or str(told.returncode or "")


def test_systemd_has_nothing_to_say_against_it(tmp_path):
    tmp_path.chmod(0o700)
    unit = tmp_path / "rotadesk.service"
    unit.write_text(UNIT.read_text().replace("%h/.local/bin/rotadesk", sys.executable))
    (tmp_path / "rotadesk.service.d").mkdir()
    (tmp_path / "rotadesk.service.d" / CLOSED.name).write_text(CLOSED.read_text())

    assert objections(unit) == ""


def test_it_runs_what_is_installed_and_stops_and_reloads_as_the_engine_does():
    service = settings(UNIT)["Service"]

    assert (service["Type"], service["Restart"]) == ("notify", "on-failure")
    assert service["ExecStart"].endswith("/rotadesk sync")
    assert service["ExecReload"].split()[1:] == ["-HUP", "$MAINPID"]
    assert int(service["TimeoutStopSec"]) > 2
    assert int(service["WatchdogSec"]) > 4 * BEAT_SECONDS


def test_what_needs_namespaces_is_a_file_of_its_own():
    # where the kernel gives none to users, a unit that asks for them does not start at all
    assert not NAMESPACES & set(settings(UNIT)["Service"])
    assert set(settings(CLOSED)["Service"]) & NAMESPACES
