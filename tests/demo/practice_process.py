"""The practice mail server as a process, and what a mail program sees of it."""

import json
import smtplib
import subprocess
import sys
import time
from contextlib import ExitStack
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

from imapclient import IMAPClient

from console.demo import place

PATIENCE = 10.0
"Seconds until something that must come is given up."


class PracticeProcess:
    def __init__(self, folder, *options):
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "console.demo.server", "--folder", folder, *options],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        self.ports = json.loads(self._process.stdout.readline())
        self._open = ExitStack()

    def imap(self, folder="INBOX"):
        client = IMAPClient(place.HOST, port=self.ports["imap"], ssl=False, timeout=PATIENCE)
        self._open.callback(client.shutdown)
        client.login(place.USERNAME, place.PASSWORD)
        client.select_folder(folder)
        return client

    def smtp(self):
        client = self._open.enter_context(
            smtplib.SMTP(place.HOST, self.ports["smtp"], timeout=PATIENCE)
        )
        client.login(place.USERNAME, place.PASSWORD)
        return client

    def stop(self):
        self._open.close()
        self._process.stdin.close()
        self._process.stdout.close()
        return self._process.wait(PATIENCE)


def wait_until(found):
    """Return what `found` gives as soon as it is true."""
    end = time.monotonic() + PATIENCE
    while not (value := found()):
        assert time.monotonic() < end, "waited too long"
        time.sleep(0.02)
    return value


def mails_in(client):
    """Return what the folder holds, by UID."""
    fetched = client.fetch(client.search(), ["BODY.PEEK[]"])
    return {
        uid: message_from_bytes(values[b"BODY[]"], policy=default)
        for uid, values in fetched.items()
    }


def a_reply_to(mail, text="Please update to 4.2.1 and tell us how it went.\n"):
    reply = EmailMessage()
    reply["From"] = f"Robin Vale <{place.ADDRESS}>"
    reply["To"] = mail["From"]
    reply["Subject"] = f"Re: {mail['Subject']}"
    reply["Date"] = mail["Date"]
    reply["Message-ID"] = f"<reply.{len(text)}.{mail['Message-ID'].strip('<>')}>"
    reply["In-Reply-To"] = mail["Message-ID"]
    reply["References"] = f"{mail.get('References', '')} {mail['Message-ID']}".strip()
    reply.set_content(text)
    return reply


def next_exists(idling):
    """Return the number of mails that an idling client is told of, reading past its buffers.

    `idle_check` asks the socket alone and misses a line that came with the continuation.
    """
    while True:
        line = idling._imap.readline().split()
        assert line, "the connection ended"
        if line[2:3] == [b"EXISTS"]:
            return int(line[1])
