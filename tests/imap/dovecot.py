"""A throw-away Dovecot on free ports of this machine: the real server of these tests.

It runs as an ordinary user with a configuration and a home of its own; started by root it
runs as nobody, so that both cases are one. `user1` to `user2000` exist, with one password.
"""

import base64
import contextlib
import functools
import grp
import hmac
import itertools
import json
import os
import pwd
import shutil
import signal
import socket
import ssl
import subprocess
import tempfile
import time
from collections.abc import Iterable
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from imapclient import IMAPClient

from storage.records.account import Security, ServerAddress

PASSWORD = 'open "sesame" \\ 1'
ALL_CAPABILITIES = (
    "IMAP4rev1 LITERAL+ SASL-IR LOGIN-REFERRALS ID ENABLE IDLE SORT THREAD=REFERENCES "
    "UNSELECT CHILDREN NAMESPACE UIDPLUS LIST-EXTENDED CONDSTORE QRESYNC ESEARCH WITHIN "
    "MOVE LIST-STATUS SPECIAL-USE LITERAL+ NOTIFY MULTIAPPEND"
)
"Without a full list Dovecot offers what it can; with one, what it names."

_SEARCH_PATH = os.pathsep.join(
    [os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin", "/opt/homebrew/sbin"]
)
_START_SECONDS = 20
_USERS = 2_000
_CONFIG = """
base_dir = {home}/run
state_dir = {home}/state
log_path = {home}/dovecot.log
protocols = imap
listen = 127.0.0.1
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {user}
first_valid_uid = {uid}
first_valid_gid = {gid}
disable_plaintext_auth = no
auth_mechanisms = plain login{token_mechanisms}
auth_failure_delay = 0
mail_max_userip_connections = {most_connections}
mail_location = {mail_format}:~/mail
mail_fsync = never
ssl = yes
ssl_cert = <{home}/cert.pem
ssl_key = <{home}/key.pem
ssl_dh =
{token_passdb}
passdb {{
  driver = passwd-file
  args = {home}/passwd
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={home}/users/%u allow_all_users=yes
}}
namespace inbox {{
  inbox = yes
  separator = {separator}
  prefix = {prefix}
  {mailboxes}
}}
service anvil {{
  chroot =
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service stats {{
  chroot =
}}
service imap-login {{
  chroot =
  service_count = 0
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = {tls_port}
    ssl = yes
  }}
}}
{compression}
{capability_line}
"""
_COMPRESSION = """
mail_plugins = zlib
protocol imap {
  mail_plugins = zlib imap_zlib
}
"""


_TOKEN_PASSDB = """
passdb {{
  driver = oauth2
  mechanisms = xoauth2 oauthbearer
  args = {home}/oauth2.conf
}}
"""
_TOKENS = """
introspection_mode = local
local_validation_key_dict = fs:posix:prefix={home}/keys/
username_attribute = sub
"""
_TOKEN_KEY = b"what this server believes to be its provider's"


def program(name="dovecot"):
    """Return where one of Dovecot's programs is; None where it is not installed."""
    return shutil.which(name, path=_SEARCH_PATH)


@functools.cache
def lacking():
    """Return what these tests lack on this machine, as a sentence; empty: nothing."""
    if program() is None:
        return "They need Dovecot: apt install dovecot-imapd"
    asked = subprocess.run([program(), "--version"], capture_output=True, text=True, check=False)
    if not asked.stdout.startswith("2.3."):
        # 2.4 reads no configuration of 2.3
        return f"They need Dovecot 2.3, this is {asked.stdout.split(' ')[0].strip() or 'unknown'}."
    if shutil.which("openssl") is None:
        return "They need openssl: apt install openssl"
    return ""


@dataclass
class Dovecot:
    """A running server; `started` makes one."""

    home: Path
    port: int
    tls_port: int
    ids: dict
    process: subprocess.Popen = field(repr=False)
    numbers: itertools.count = field(default_factory=lambda: itertools.count(1), repr=False)

    def address(self, security=Security.NONE):
        port = self.tls_port if security is Security.TLS else self.port
        return ServerAddress("localhost", port, security)

    def trusting(self):
        """Return a context that verifies and trusts this server's own authority."""
        return ssl.create_default_context(cafile=str(self.home / "cert.pem"))

    def new_user(self):
        """Return the name of a user whose mailbox is empty; the password is PASSWORD."""
        return f"user{next(self.numbers)}"

    def token(self, user, *, seconds=3600):
        """Return an access token that this server takes for so long (it is a JWT)."""
        claims = {"sub": user, "iat": int(time.time()) - 7200, "exp": int(time.time()) + seconds}
        said = ".".join(
            _b64url(json.dumps(one)) for one in ({"alg": "HS256", "typ": "JWT"}, claims)
        )
        return f"{said}.{_b64url(hmac.digest(_TOKEN_KEY, said.encode(), 'sha256'))}"

    def append(self, user, *mails: bytes, folder="INBOX", flags=(), date: datetime | None = None):
        """Put mails into a folder over IMAP, as another client would; return their UIDs."""
        with self.client(user) as client:
            client.select_folder(folder)
            before = set(client.search())
            client.multiappend(
                folder,
                [{"msg": one, "flags": flags, **({"date": date} if date else {})} for one in mails],
            )
            client.noop()
            return sorted(set(client.search()) - before)

    @contextmanager
    def client(self, user):
        """Another mail program on the same mailbox."""
        client = IMAPClient("127.0.0.1", self.port, ssl=False, timeout=30)
        client._imap.debug = 0
        client.plain_login(user, PASSWORD)
        try:
            yield client
        finally:
            client.logout()

    def uids(self, user, folder="INBOX"):
        lines = self.doveadm("search", "-u", user, "mailbox", folder, "all").splitlines()
        return sorted(int(line.split()[1]) for line in lines)

    def flags(self, user, folder="INBOX"):
        """Return the flags of every mail by UID, `\\Recent` left out."""
        with self.client(user) as client:
            client.select_folder(folder, readonly=True)
            found = client.get_flags(client.search())
        return {uid: {one.decode() for one in some} - {"\\Recent"} for uid, some in found.items()}

    def expunge(self, user, uids: Iterable[int], folder="INBOX"):
        self.doveadm("expunge", "-u", user, "mailbox", folder, "uid", _set(uids))

    def add_flags(self, user, uids: Iterable[int], *flags, folder="INBOX"):
        self.doveadm(
            "flags", "add", "-u", user, " ".join(flags), "mailbox", folder, "uid", _set(uids)
        )

    def create(self, user, *folders):
        self.doveadm("mailbox", "create", "-u", user, *folders)

    def change_uidvalidity(self, user, value: int, folder="INBOX"):
        self.doveadm("mailbox", "update", "-u", user, "--uid-validity", str(value), folder)

    def kick(self, user):
        """Close every connection of a user, as an administrator does."""
        self.doveadm("kick", user)

    def doveadm(self, *words: str) -> str:
        done = subprocess.run(
            [program("doveadm"), "-c", str(self.home / "dovecot.conf"), *words],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
            cwd=self.home,
            env={"PATH": _SEARCH_PATH, "HOME": str(self.home)},
            **self.ids,
        )
        assert done.returncode == 0, f"doveadm {words}: {done.stderr}"
        return done.stdout

    def log(self) -> str:
        return (self.home / "dovecot.log").read_text(errors="replace")

    def stop(self):
        """End every process of it at once: there is nothing to keep."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


@dataclass(frozen=True, kw_only=True)
class Kind:
    """What sort of server it is."""

    without: tuple[str, ...] = ()
    "Capabilities it does not offer ('CONDSTORE', 'IDLE')."
    mail_format: str = "maildir"
    "Or 'sdbox'."
    separator: str = "/"
    "Between the levels of a folder's name."
    takes_tokens: bool = False
    "Whether XOAUTH2 and OAUTHBEARER are offered, see `Dovecot.token`."
    prefix: str = ""
    "Before every folder's name but INBOX ('INBOX.')."
    roles: bool = True
    "Whether Sent, Archive and Junk exist, with their special-use flags."
    most_connections: int = 100
    "Of one user."
    compresses: bool = False
    "Whether it offers COMPRESS=DEFLATE."


@contextmanager
def started(kind: Kind | None = None):
    """Run a Dovecot until the block ends."""
    # short and not below pytest's own: that is closed to others, and a socket's path is
    # at most 107 bytes long
    home = Path(tempfile.mkdtemp(prefix="desk-dovecot-"))
    try:
        server = _start(home, kind or Kind())
        try:
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(home, ignore_errors=True)


def _start(home, kind):
    ids = _ids()
    make_certificate(home)
    for attempt in range(5):
        # somebody may take a free port before Dovecot does
        ports = _free_ports(2)
        _write(home, kind, ids, ports)
        process = subprocess.Popen(
            [program(), "-F", "-c", str(home / "dovecot.conf")],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd=home,
            start_new_session=True,
            **ids,
        )
        server = Dovecot(home, *ports, ids, process)
        if _is_up(server):
            return server
        server.stop()
        assert attempt < 4, f"Dovecot does not start: {server.log()}"
    return None


def make_certificate(folder: Path, *, names="DNS:localhost,IP:127.0.0.1", stem=""):
    """Write cert.pem and key.pem, signed by themselves, into `folder`."""
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"),
            *(
                "-nodes",
                "-days",
                "2",
                "-subj",
                "/CN=desk test",
                "-addext",
                f"subjectAltName={names}",
            ),
            *("-keyout", str(folder / f"{stem}key.pem"), "-out", str(folder / f"{stem}cert.pem")),
        ],
        capture_output=True,
        check=True,
        timeout=60,
    )


def _write(home, kind, ids, ports):
    user = pwd.getpwuid(ids.get("user", os.getuid()))
    logins = (f"user{number}:{{PLAIN}}{PASSWORD}::::::\n" for number in range(1, _USERS + 1))
    (home / "passwd").write_text("".join(logins))
    offered = [one for one in ALL_CAPABILITIES.split() if one not in kind.without]
    roles = ("Sent", "Archive", "Junk") if kind.roles else ()
    (home / "dovecot.conf").write_text(
        _CONFIG.format(
            home=home,
            user=user.pw_name,
            group=grp.getgrgid(user.pw_gid).gr_name,
            uid=user.pw_uid,
            gid=user.pw_gid,
            port=ports[0],
            tls_port=ports[1],
            mail_format=kind.mail_format,
            separator=kind.separator,
            prefix=kind.prefix,
            most_connections=kind.most_connections,
            mailboxes="\n  ".join(
                f"mailbox {name} {{\n    auto = create\n    special_use = \\{name}\n  }}"
                for name in roles
            ),
            token_mechanisms=" xoauth2 oauthbearer" if kind.takes_tokens else "",
            token_passdb=_TOKEN_PASSDB.format(home=home) if kind.takes_tokens else "",
            compression=_COMPRESSION if kind.compresses else "",
            capability_line=f"imap_capability = {' '.join(offered)}" if kind.without else "",
        )
    )
    (home / "users").mkdir(exist_ok=True)
    (home / "oauth2.conf").write_text(_TOKENS.format(home=home))
    key = home / "keys" / "default" / "HS256" / "default"
    key.parent.mkdir(parents=True, exist_ok=True)
    key.write_bytes(base64.b64encode(_TOKEN_KEY))
    if ids:
        for path in (home, *home.iterdir(), *(home / "keys").rglob("*")):
            os.chown(path, ids["user"], ids["group"])


def _b64url(said):
    raw = said if isinstance(said, bytes) else said.encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _ids():
    """Return as whom Dovecot runs: as we do, but nobody instead of root."""
    if os.getuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def _free_ports(count):
    links = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [link.getsockname()[1] for link in links]
    for link in links:
        link.close()
    return ports


def _is_up(server):
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline and server.process.poll() is None:
        try:
            with socket.create_connection(("127.0.0.1", server.port), timeout=5) as link:
                link.settimeout(_START_SECONDS)
                if link.recv(10).startswith(b"* OK"):
                    return True
        except OSError:
            pass
        time.sleep(0.01)
    return False


def _set(uids):
    return ",".join(str(one) for one in uids)
