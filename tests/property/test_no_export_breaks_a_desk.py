"""Whatever somebody wrote into an export: it is refused in words, or a desk can live with it."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from storage.queries import exports
from storage.records import keys
from storage.records.facts import Fact, Stamped
from storage.rules.fact_shapes import fits
from tests.factories import a_mail, now_ms, receive
from tests.property.test_two_desks import BROKEN

UID = "A" * 16
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.sampled_from(
        ["", "closed", "open", "usability", "critical", "2020-01-01", "published", UID]
    )
    | st.text(max_size=5)
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["title", "text", "parents", "x"]), inner, max_size=3)
    ),
    max_leaves=6,
)
KEYS = st.sampled_from(
    [
        *(one for name, one in vars(keys).items() if name.isupper()),
        *(f"kb:{UID}", "kb:https://desk.example/x", "tag:a", f"bug:{UID}", f"feature:{UID}"),
        *(f"note:{UID}", "rev:abc", "form:steps", "form:links", "form:reproduced", "form:detail"),
        *("engineer:a@b", "address", "aliases", "intake", "areas", "gate.kb", "gate.area"),
        *("gate.kb_hosts", "since", "category.usability", "categories_off", "hours.zone"),
        *("hours.mon", "hours.holidays", "hours.days_off", "targets.normal", "token_in_subject"),
    ]
)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_what_fits_can_be_taken_in_and_the_gate_holds(desk, data):
    mail = a_mail(message_id="m@acme.example")
    uid = receive(desk, mail)
    about = [f"ticket:{uid}", f"message:{mail.headers.key.hex()}", "desk"]
    about += [f"{kind}:{UID}" for kind in ("bug", "feature", "article")]
    said = data.draw(st.lists(st.tuples(st.sampled_from(about), KEYS, VALUES), max_size=8))
    start = now_ms() + desk.hot(exports.count("journal"))[0]
    batch = [
        Stamped(
            stamp=(start + number).to_bytes(6, "big") + number.to_bytes(10, "big"),
            change=b"c" * 16,
            kind="x.y",
            actor="a@b",
            fact=Fact(*one),
        )
        for number, one in enumerate(said)
        if fits(Fact(*one))
    ]

    desk.absorb(batch)
    desk.rebuild()

    with desk.writing() as conn:
        assert conn.exec_driver_sql(BROKEN).scalar() == 0
