"""The SQLite file: engine, tables, locks, migrations."""
