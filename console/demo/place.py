"""The invented company of the practice desk: Ferrywire, which sends mail and webhooks for programs."""

from storage.records.mail import Address

HOST = "127.0.0.1"
PRODUCT = "Ferrywire"
DOMAIN = "ferrywire.example"
ADDRESS = f"support@{DOMAIN}"
USERNAME = ADDRESS
PASSWORD = "not-a-secret"  # noqa: S105 - opens nothing but an invented mailbox on this machine
PASSWORD_ENV = "ROTADESK_PRACTICE_PASSWORD"  # noqa: S105 - the name of a variable

ME = Address("Robin Vale", f"robin@{DOMAIN}")
"The newcomer at the keyboard."
ILSE = Address("Ilse Brandt", f"ilse@{DOMAIN}")
TOMAS = Address("Tomás Rey", f"tomas@{DOMAIN}")
ENGINEERS = (ME, ILSE, TOMAS)
AREAS = ("general", "api", "billing", "cli", "dashboard", "deliverability", "sdk", "webhooks")
