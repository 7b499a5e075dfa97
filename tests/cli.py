"""The command line in this process: arguments in, status and what it printed out."""

import json
from dataclasses import dataclass

from console.cli import main

CONFIG = """
[me]
name = "Ana"
email = "ana@desk.example"

[account]
address = "support@desk.example"
username = "support@desk.example"
password_env = "NO_PASSWORD_IS_NEEDED_HERE"

[account.imap]
host = "imap.desk.example"

[account.smtp]
host = "smtp.desk.example"
"""


@dataclass(frozen=True)
class Told:
    status: int
    out: str
    err: str

    @property
    def objects(self):
        return [json.loads(line) for line in self.out.splitlines()]

    @property
    def one(self):
        (only,) = self.objects
        return only

    @property
    def errors(self):
        return [json.loads(line) for line in self.err.splitlines()]


class CommandLine:
    """`rotadesk --json …` on one desk; `people` leaves `--json` out."""

    def __init__(self, folder, config, capsys):
        self._options = ("--desk", str(folder), "--config", str(config))
        self._capsys = capsys

    def __call__(self, *arguments):
        return self.people("--json", *arguments)

    def people(self, *arguments):
        self._capsys.readouterr()
        status = main.run((*self._options, *map(str, arguments)))
        told = self._capsys.readouterr()
        return Told(status, told.out, told.err)
