"""Real servers for the wire. Without Dovecot this folder is not collected, on a developer's
own machine; in CI and as root its absence is a failure (see also `tests/conftest.py`)."""

import os
import ssl
from contextlib import ExitStack

import pytest

from storage.records.account import Security
from tests.imap import dovecot as dovecot_server
from tests.imap.engine_ground import Ground
from tests.imap.smtp_sink import sunk

_IS_REQUIRED = os.environ.get("CI") == "true" or os.getuid() == 0

collect_ignore_glob = ["test_*.py"] if dovecot_server.lacking() and not _IS_REQUIRED else []


@pytest.fixture(scope="session")
def dovecots():
    """Start a Dovecot of a kind at its first use: `dovecots(without=("IDLE",))`."""
    if lacking := dovecot_server.lacking():
        pytest.fail(lacking, pytrace=False)
    running = {}
    with ExitStack() as stack:

        def of_kind(**settings):
            kind = dovecot_server.Kind(**settings)
            if kind not in running:
                running[kind] = stack.enter_context(dovecot_server.started(kind))
            return running[kind]

        yield of_kind


@pytest.fixture(scope="session")
def dovecot(dovecots):
    return dovecots()


@pytest.fixture(scope="session")
def certificates(tmp_path_factory):
    """Contexts of a server: `certificates()` for this machine, or for other names."""
    folder = tmp_path_factory.mktemp("certificates")

    def of(stem="own", names="DNS:localhost,IP:127.0.0.1"):
        if not (folder / f"{stem}cert.pem").exists():
            dovecot_server.make_certificate(folder, names=names, stem=stem)
        serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        serving.load_cert_chain(folder / f"{stem}cert.pem", folder / f"{stem}key.pem")
        trusting = ssl.create_default_context(cafile=str(folder / f"{stem}cert.pem"))
        return serving, trusting

    return of


@pytest.fixture
def ground(dovecot, tmp_path):
    """A new user's mailbox and a desk for it."""
    return Ground(dovecot, dovecot.new_user(), tmp_path / "desk", dovecot.address())


@pytest.fixture(scope="session")
def certificate_file(tmp_path_factory):
    """The file that both serves and trusts this machine's name."""
    folder = tmp_path_factory.mktemp("certificate")
    dovecot_server.make_certificate(folder)
    return folder / "cert.pem"


@pytest.fixture
def post(ground, certificate_file):
    """A mailbox with a desk, and the server that its replies leave through."""
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain(certificate_file, certificate_file.with_name("key.pem"))
    with sunk(context=serving, passwords={ground.user: dovecot_server.PASSWORD}) as sink:
        ground.smtp = sink.address(Security.STARTTLS)
        ground.context = ssl.create_default_context(cafile=str(certificate_file))
        yield ground, sink
