"""The schema as the migrations make it, for the page that describes it."""

import re
import sqlite3
from contextlib import closing
from dataclasses import dataclass

from storage.db.migrate import steps

_SECTION = re.compile(r"-- (\w[^-\n]*(?:-\w[^-\n]*)*?) -{10,}\s*")
_TABLE = re.compile(r"CREATE (?:VIRTUAL )?TABLE (\w+)")
_DECLARED = re.compile(r"(?:^|,)\s*(\w+) (?:INTEGER|TEXT|BLOB)\b")
_COMMENT = re.compile(r"\s-- (.+)$")


@dataclass(frozen=True, slots=True)
class Column:
    name: str
    type: str
    may_be_null: bool
    default: str
    "As SQL; empty where there is none."


@dataclass(frozen=True, slots=True)
class Table:
    name: str
    section: str
    "What kind of data it is, as the migration says."
    remarks: tuple[str, ...]
    "What the migration remarks about it and its columns."
    columns: tuple[Column, ...]


def tables() -> list[Table]:
    """Return every table of a new desk, as the migrations name them."""
    found = []
    with closing(sqlite3.connect(":memory:")) as conn:
        section = ""
        for _, sql in steps():
            conn.executescript(sql)
            name = ""
            remarks: dict[str, list[str]] = {}
            sections: dict[str, str] = {}
            for line in sql.splitlines():
                if title := _SECTION.fullmatch(line):
                    section, name = title[1], ""
                elif opened := _TABLE.match(line):
                    name = opened[1]
                    sections[name] = section
                if name and (remark := _COMMENT.search(line)):
                    remarks.setdefault(name, []).append(_remark(line[: remark.start()], remark[1]))
            found += [(one, where, remarks.get(one, [])) for one, where in sections.items()]
        return [
            Table(name, where, tuple(said), _columns(conn, name)) for name, where, said in found
        ]


def _remark(line: str, remark: str) -> str:
    """Return a remark with the columns that its line declares."""
    names = ", ".join(f"`{name}`" for name in _DECLARED.findall(line))
    return f"{names}: {remark.strip()}" if names else remark.strip()


def _columns(conn: sqlite3.Connection, table: str) -> tuple[Column, ...]:
    sql = "SELECT name, type, [notnull] OR pk, dflt_value FROM pragma_table_info(?)"
    return tuple(
        Column(name, kind, not needed, default or "")
        for name, kind, needed, default in conn.execute(sql, (table,))
    )
