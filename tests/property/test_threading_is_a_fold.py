"""Threading is a fold over a set: no order of arrival may show in it."""

from hypothesis import given
from hypothesis import strategies as st
from thread_mails import a_mail, components, key_of, resolved, ticket_uid, tickets

from storage.records.mail import Correction
from storage.records.words import Direction
from storage.rules.components import connecting_ids
from storage.rules.reading_order import reading_order
from storage.rules.threading import assign

PEOPLE = ["zoe@c.example", "max@c.example", "eve@e.example", "", "ana@desk.example"]
IDS = list("abcdefgh")
some_ids = st.lists(st.sampled_from(IDS), max_size=3).map(tuple)


@st.composite
def mails(draw, *, most=8):
    """Any mails over few ids and few people: circles, twins, ghosts, broadcasts, reports."""
    made = []
    for name in IDS[: draw(st.integers(1, most))]:
        is_out = draw(st.integers(0, 3)) == 0
        is_report = not is_out and draw(st.integers(0, 7)) == 0
        reported = draw(some_ids) if is_report else ()
        recipients = frozenset(draw(st.lists(st.sampled_from(PEOPLE[:3]), max_size=2)))
        if is_out and draw(st.integers(0, 4)) == 0:
            recipients |= {f"r{n}@many.example" for n in range(11)}
        references, in_reply_to = draw(some_ids), draw(some_ids)[:1]
        made.append(
            a_mail(
                name,
                "ana@desk.example" if is_out else draw(st.sampled_from(PEOPLE)),
                message_id=draw(st.sampled_from([name] * 6 + ["", "a", "b"])),
                references=references,
                in_reply_to=in_reply_to,
                reported_ids=reported,
                proven=frozenset(
                    draw(st.lists(st.sampled_from([*references, *in_reply_to, *reported])))
                    if references or in_reply_to or reported
                    else ()
                ),
                direction=Direction.OUT if is_out else Direction.IN,
                is_colleague=is_out,
                recipients=recipients,
                arrival_ms=draw(st.integers(0, 4)),
                is_report=is_report,
                has_body=draw(st.booleans()) if is_report else True,
                subject_token=draw(
                    st.sampled_from([""] * 5 + [ticket_uid("a")[:4], ticket_uid("b")])
                ),
            )
        )
    return made


@st.composite
def corrections(draw):
    targets = [*(ticket_uid(one) for one in IDS[:3]), "SPLIT0000000000A", "SPLIT0000000000B"]
    return [
        Correction(key=key_of(name), ticket=draw(st.sampled_from(targets)), stamp=bytes([n]))
        for n, name in enumerate(draw(st.lists(st.sampled_from(IDS), max_size=4)))
    ]


def one_component(some):
    return max(components(some), key=len)


@given(mails(), corrections(), st.randoms(use_true_random=False))
def test_no_order_of_arrival_changes_the_assignment(some, decided, chance):
    shuffled = chance.sample(some, len(some))
    redecided = chance.sample(decided, len(decided))

    assert assign(some, decided) == assign(shuffled, redecided)


@given(mails(), corrections())
def test_every_mail_is_placed_once_and_inbound_mail_is_on_a_ticket(some, decided):
    done = assign(some, decided)

    assert sorted(tickets(done)) == sorted(one.key for one in some)
    moved = {one.key for one in decided}
    for mail in some:
        waits = mail.is_report and not mail.has_body and mail.key not in moved
        if mail.direction is Direction.IN and not waits:
            assert tickets(done)[mail.key]


@given(mails(), corrections(), st.data())
def test_a_uid_that_was_once_a_ticket_leads_to_one_for_ever(some, decided, data):
    everything = one_component(some)
    first = data.draw(st.lists(st.sampled_from(everything), unique_by=lambda one: one.key))
    once = {
        one.ticket
        for group in components(first)
        for one in assign(group, decided).placements
        if one.ticket
    }

    done = assign(everything, decided)

    chosen = {one.ticket for one in decided}
    assert {uid for uid in once - chosen if resolved(done, uid) is None} == set()


@given(mails(), corrections())
def test_an_alias_is_never_a_ticket_and_leads_to_one_only(some, decided):
    done = assign(some, decided)

    aliases = dict(done.aliases)
    assert len(aliases) == len(done.aliases)
    assert aliases.keys().isdisjoint(set(tickets(done).values()) - {None, *_targets(decided)})
    assert aliases.keys().isdisjoint(dict(done.merged).keys())
    assert dict(done.merged).keys().isdisjoint(set(tickets(done).values()))
    for uid in aliases.values():
        assert resolved(done, uid)


@given(mails())
def test_whoever_is_a_member_takes_part_or_begins_the_ticket(some):
    done = assign(some)

    by_key = {one.key: one for one in some}
    people: dict[str, set[str]] = {}
    for one in done.placements:
        mail = by_key[one.key]
        joins = one.ticket in people and mail.direction is Direction.IN and not mail.is_report
        if joins and one.is_member:
            assert mail.sender in people[one.ticket]
        if one.ticket and one.is_member and not mail.is_report:
            sender = {mail.sender} if mail.direction is Direction.IN else set()
            people.setdefault(one.ticket, set()).update(mail.recipients, sender)


@given(mails())
def test_parents_are_read_before_what_names_them_unless_they_name_each_other(some):
    order = reading_order(some)

    assert sorted(one.key for one in order) == sorted(one.key for one in some)
    earlier: set[str] = set()
    for mail in order:
        held = {one.message_id for one in some if one is not mail} - {""}
        missing = (connecting_ids(mail) - {mail.message_id}) & held - earlier
        assert not missing or _in_a_circle(some)
        earlier.add(mail.message_id)


@given(mails())
def test_components_share_no_id_and_lose_no_mail(some):
    groups = components(some)

    assert sorted(one.key for group in groups for one in group) == sorted(one.key for one in some)
    ids = [frozenset().union(*map(connecting_ids, group)) for group in groups]
    assert sum(map(len, ids)) == len(frozenset().union(*ids))


def _targets(decided):
    return {one.ticket for one in decided}


def _in_a_circle(some):
    reached = {
        one.message_id: set(connecting_ids(one)) - {one.message_id}
        for one in some
        if one.message_id
    }
    for one in some:
        reached[one.message_id] = reached.get(one.message_id, set()) | (
            connecting_ids(one) - {one.message_id}
        )
    for _ in some:
        for start, ids in reached.items():
            reached[start] = ids.union(*(reached.get(one, set()) for one in ids))
    return any(start in ids for start, ids in reached.items())
