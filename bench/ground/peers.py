"""The programs beside us: mbsync, notmuch and neomutt, each as its manual advises for speed."""

import os
import resource
import shutil
import subprocess
import time

from ground.terminal import Terminal

PACKAGES = {"mbsync": "isync", "notmuch": "notmuch", "neomutt": "neomutt"}
MBSYNCRC = """\
FSync no

IMAPAccount desk
Host localhost
Port {port}
User {user}
PassCmd "printenv DESK_PASSWORD"
SSLType None
AuthMechs LOGIN

IMAPStore far
Account desk

MaildirStore near
Path {folder}/mail/
Inbox {folder}/mail/INBOX
SubFolders Verbatim

Channel desk
Far :far:
Near :near:
Patterns INBOX
Create Near
Expunge Near
Sync Pull
SyncState *
"""
NOTMUCH = """\
[database]
path={folder}/mail
[new]
tags=inbox
[maildir]
synchronize_flags=false
[search]
[user]
name=Ana
primary_email=support@desk.example
"""
MUTTRC = """\
set imap_user = "{user}"
set imap_pass = '{password}'
set folder = "imap://localhost:{port}/"
set spool_file = "+INBOX"
set ssl_starttls = no
set ssl_force_tls = no
unset header_cache
set sort = date
set quit = yes
set mail_check = 600
set timeout = 600
"""
LISTED = rb"\[Msgs:\d"
"Its status line, drawn with the list; how many rows stand above it depends on the count."


def lacking():
    """Install what is not there; return a sentence where that is not possible, else ''."""
    missing = [name for name in PACKAGES if shutil.which(name) is None]
    if not missing:
        return ""
    packages = [PACKAGES[name] for name in missing]
    told = f"Missing beside us: {', '.join(missing)}. To measure them: apt install {' '.join(packages)}"
    if shutil.which("apt-get") is None or os.geteuid() != 0:
        return told
    for command in (["update"], ["install", "-y", "--no-install-recommends", *packages]):
        subprocess.run(["apt-get", "-qq", *command], check=False, stdout=subprocess.DEVNULL)
    return told if any(shutil.which(name) is None for name in missing) else ""


class Peer:
    """mbsync and notmuch over one maildir in `folder`."""

    def __init__(self, folder, *, user, port, password):
        self.folder = folder
        self.cpu = 0.0
        "Seconds of the last run."
        (folder / "mail").mkdir(parents=True)
        self._rc, notmuch = folder / "mbsyncrc", folder / "notmuch"
        self._rc.write_text(MBSYNCRC.format(port=port, user=user, folder=folder))
        notmuch.write_text(NOTMUCH.format(folder=folder))
        self._environ = os.environ | {
            "DESK_PASSWORD": password, "NOTMUCH_CONFIG": str(notmuch), "HOME": str(folder),
        }  # fmt: skip

    def sync(self):
        """Return the seconds of one run of mbsync."""
        return self._run("mbsync", "-q", "-c", str(self._rc), "desk")

    def index(self):
        """Return the seconds of one `notmuch new`."""
        return self._run("notmuch", "new", "--quiet")

    def count(self):
        return sum(1 for _ in (self.folder / "mail" / "INBOX" / "cur").iterdir()) + sum(
            1 for _ in (self.folder / "mail" / "INBOX" / "new").iterdir()
        )

    def _run(self, *argv):
        begun, spent = time.perf_counter(), _children_cpu()
        done = subprocess.run(
            argv, env=self._environ, capture_output=True, text=True, check=False,
        )  # fmt: skip
        took, self.cpu = time.perf_counter() - begun, _children_cpu() - spent
        if done.returncode:
            raise SystemExit(f"{argv[0]} ended with {done.returncode}: {done.stderr[-500:]}")
        return took


def _children_cpu():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def neomutt_screen(folder, *, user, port, password):
    """Return the seconds and the CPU until neomutt lists a mailbox that is new to it."""
    rc = folder / "muttrc"
    rc.write_text(MUTTRC.format(user=user, port=port, password=password))
    terminal = Terminal(["neomutt", "-n", "-F", str(rc)], environ={"HOME": str(folder)})
    try:
        took = terminal.read_until(LISTED, most=900) / 1000
        return took, terminal.cpu_ms() / 1000
    finally:
        terminal.end()
