"""Medians, ratios, and what the machine was doing meanwhile."""

import os
import platform
import sqlite3
import statistics


def p95(values):
    ordered = sorted(values)
    return ordered[max(round(len(ordered) * 0.95) - 1, 0)]


def machine():
    """Return what it was measured on: names no host and no folder."""
    return (
        f"{os.cpu_count()} cores {platform.machine()}, {platform.system()}, "
        f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}, load {load()}"
    )


def load():
    """Return the load of the last minute: above the number of cores, distrust milliseconds."""
    return f"{os.getloadavg()[0]:.1f}"


def verdict(value, reach, unit="ms"):
    """Return 'reach 10 ms' and whether it was missed."""
    return f"reach {reach:g} {unit}" + ("" if value <= reach else "  MISSED")


def median(values):
    return statistics.median(values)
