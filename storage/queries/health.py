"""What `doctor` asks a desk about itself. Hot reads, see `hot`."""

from storage.records.query import Query


def damage() -> Query[str]:
    """Return what is wrong with the file, at most ten sentences; none where it is sound."""
    return Query(
        "SELECT integrity_check FROM pragma_integrity_check(10) WHERE integrity_check<>'ok'",
        (),
        lambda row: str(row[0]),
    )


def schema() -> Query[int]:
    return Query("PRAGMA user_version", (), lambda row: int(row[0]))


def sqlite() -> Query[str]:
    """Return the version of SQLite that runs here."""
    return Query("SELECT sqlite_version()", (), lambda row: str(row[0]))


def open_gates() -> Query[str]:
    """Return closed tickets without category or KB link: the triggers let none through."""
    return Query(
        "SELECT uid FROM ticket t WHERE status='closed' AND (category IS NULL OR NOT EXISTS"
        "(SELECT 1 FROM ticket_link WHERE uid=t.uid AND kind='kb')) ORDER BY uid LIMIT 10",
        (),
        lambda row: str(row[0]),
    )


def waiting_texts() -> Query[int]:
    """Return how many messages are known by their headers alone."""
    return Query("SELECT count(*) FROM message WHERE has_body=0", (), lambda row: int(row[0]))
