"""Which ticket a mail belongs to: the ordinary ways, and what others got wrong."""

import time

from thread_mails import (
    EVE,
    MAX,
    ZOE,
    a_mail,
    answering,
    grouped,
    moved,
    ours,
    placement,
    resolved,
    ticket_uid,
)

from storage.records.ids import derived_uid
from storage.rules.threading import assign

MANY = tuple(f"reader{n}@customers.example" for n in range(11))


def test_a_first_message_opens_the_ticket_of_its_own_id():
    done = assign([a_mail("a")])

    assert placement(done, "a").ticket == ticket_uid("a")
    assert placement(done, "a").why == "first message"


def test_a_ticket_is_named_after_the_oldest_reference():
    done = assign([a_mail("b", **answering("root", "parent"))])

    assert placement(done, "b").ticket == ticket_uid("root")


def test_a_mail_without_an_id_opens_the_ticket_of_its_key():
    mail = a_mail("a", message_id="")

    done = assign([mail])

    assert placement(done, "a").ticket == derived_uid("ticket", mail.key)


def test_a_conversation_is_one_ticket_and_says_why():
    done = assign(
        [
            a_mail("a"),
            ours("b", ZOE, **answering("a")),
            a_mail("c", **answering("a", "b")),
            a_mail("d", **answering("a")),
        ]
    )

    assert grouped(done, "abcd") == "abcd"
    assert placement(done, "b").why == "answers a message of this ticket"
    assert placement(done, "c").why == "answers our reply"


# Regressions taken from others' bugs (E1-E6) ------------------------------------------------


def test_e1_a_foreign_in_reply_to_does_not_hide_our_id_in_references():
    done = assign(
        [
            a_mail("a"),
            ours("b", ZOE, **answering("a")),
            a_mail("c", in_reply_to=("foreign",), references=("a", "b")),
        ]
    )

    assert grouped(done, "abc") == "abc"


def test_e2_three_readers_of_a_newsletter_get_three_tickets():
    done = assign(
        [
            ours("a", *MANY),
            a_mail("b", MANY[0], **answering("a")),
            a_mail("c", MANY[1], **answering("a")),
            a_mail("d", MANY[2], **answering("a")),
        ]
    )

    assert grouped(done, "abcd") == "b c d -a"
    assert all(placement(done, one).is_member for one in "bcd")
    assert placement(done, "b").why == "first message: answers a mail that we sent to many"


def test_e2_so_do_readers_of_one_that_never_came_here():
    done = assign([a_mail(n, f"{n}@x.example", in_reply_to=("ghost",)) for n in "abc"])

    assert grouped(done, "abc") == "a b c"
    assert all(one.is_member for one in done.placements)


def test_e3_a_changed_subject_does_not_matter():
    done = assign([a_mail("a"), a_mail("b", **answering("a"), subject_token="")])

    assert grouped(done, "ab") == "ab"


def test_e4_an_answer_to_a_colleagues_mail_from_outside_the_desk_joins():
    done = assign(
        [
            a_mail("a"),
            ours("b", ZOE, **answering("a")),
            a_mail("c", in_reply_to=("b",)),
        ]
    )

    assert grouped(done, "abc") == "abc"


def test_e4_also_while_the_colleagues_mail_is_not_here():
    done = assign([a_mail("a"), a_mail("c", **answering("a", "b"))])

    assert grouped(done, "ac") == "ac"


def test_e5_a_rewritten_id_is_found_by_the_references():
    done = assign(
        [a_mail("a"), ours("b", ZOE, **answering("a")), a_mail("c", **answering("a", "rewritten"))]
    )

    assert grouped(done, "abc") == "abc"


def test_e5_or_by_the_token_in_the_subject_where_the_sender_takes_part():
    token = ticket_uid("a")[:6]

    done = assign([a_mail("a"), ours("b", ZOE, **answering("a")), a_mail("c", subject_token=token)])

    assert grouped(done, "abc") == "abc"
    assert placement(done, "c").why == "its subject names this ticket, nothing else does"


def test_a_token_is_read_as_a_person_types_it():
    uid = ticket_uid("a")

    done = assign([a_mail("a"), a_mail("c", subject_token=f"#{uid.lower()}")])

    assert grouped(done, "ac") == "ac"


def test_e6_somebody_in_cc_of_the_first_mail_joins_before_our_first_reply():
    done = assign([a_mail("a", recipients=frozenset({MAX})), a_mail("b", MAX, **answering("a"))])

    assert grouped(done, "ab") == "ab"
    assert placement(done, "b").is_member


def test_e6_the_same_mail_to_two_of_our_addresses_is_one_ticket():
    done = assign([a_mail("a"), a_mail("b", message_id="a")])

    assert grouped(done, "ab") == "ab"


def test_two_mails_that_share_only_an_unseen_parent_are_one_ticket_of_their_sender():
    done = assign([a_mail("a", **answering("ghost", "x")), a_mail("b", **answering("ghost", "y"))])

    assert grouped(done, "ab") == "ab"


# Threading and loops (K1-K18) -------------------------------------------------------------------


def test_k1_a_guessed_id_opens_a_ticket_of_its_own():
    done = assign([a_mail("b", EVE, in_reply_to=("guessed@desk.example",))])

    assert placement(done, "b").ticket == ticket_uid("b")
    assert placement(done, "b").is_member


def test_k2_a_stranger_with_a_valid_id_is_held():
    done = assign(
        [a_mail("a"), ours("b", ZOE, **answering("a")), a_mail("c", EVE, **answering("b"))]
    )

    assert grouped(done, "abc") == "abc"
    assert not placement(done, "c").is_member


def test_k2_also_where_the_id_is_proven_and_its_mail_not_here():
    signed = frozenset({"signed"})

    done = assign(
        [
            a_mail("a", **answering("signed"), proven=signed),
            a_mail("b", EVE, **answering("signed"), proven=signed),
        ]
    )

    assert grouped(done, "ab") == "ab"
    assert not placement(done, "b").is_member


def test_k3_a_token_from_a_stranger_opens_a_ticket():
    done = assign([a_mail("a"), a_mail("b", EVE, subject_token=ticket_uid("a")[:4])])

    assert grouped(done, "ab") == "a b"
    assert "takes no part" in placement(done, "b").why


def test_a_token_that_two_tickets_share_opens_a_ticket():
    uid = ticket_uid("a")
    other = next(n for n in map(str, range(10**6)) if ticket_uid(n)[:2] == uid[:2])

    done = assign([a_mail("a"), a_mail(other), a_mail("z", subject_token=uid[:2])])

    assert len({one.ticket for one in done.placements}) == 3


def test_k4_a_mail_that_names_two_tickets_joins_the_nearest_and_merges_nothing():
    done = assign(
        [a_mail("a"), a_mail("b"), a_mail("c", in_reply_to=("b",), references=("a", "b"))]
    )

    assert grouped(done, "abc") == "a bc"
    assert f"also names ticket {ticket_uid('a')[:8]}" in placement(done, "c").why


def test_k5_empty_ids_connect_nothing():
    done = assign([a_mail("a", message_id="", in_reply_to=("",)), a_mail("b", EVE, message_id="")])

    assert grouped(done, "ab") == "a b"


def test_k6_another_mail_with_the_same_id_from_a_stranger_has_its_own_ticket():
    done = assign([a_mail("a"), a_mail("b", EVE, message_id="a"), a_mail("c", EVE, message_id="a")])

    assert grouped(done, "abc") == "a bc"
    assert all(one.is_member for one in done.placements)


def test_k6_our_mail_is_believed_before_a_strangers_with_its_id():
    done = assign(
        [
            a_mail("a"),
            a_mail("b", EVE, message_id="ours"),
            ours("c", ZOE, message_id="ours", **answering("a")),
            a_mail("d", **answering("a", "ours")),
        ]
    )

    assert grouped(done, "abcd") == "acd b"


def test_k8_fifty_thousand_references_cost_nothing():
    ids = tuple(f"{n}@bomb.example" for n in range(50_000))
    mail = a_mail("a", references=ids)

    started = time.process_time()
    done = assign([mail])

    assert time.process_time() - started < 0.05
    assert len(done.aliases) <= 102


def test_k8_the_cost_grows_with_the_mails_not_with_their_pairs():
    def seconds(count):
        mails = [
            a_mail(f"{n:06}", f"{n % 50}@x.example", **answering("root", f"{max(n - 1, 0):06}"))
            for n in range(count)
        ]
        started = time.process_time()
        assign(mails)
        return time.process_time() - started

    few, many = min(seconds(500) for _ in range(3)), seconds(4000)

    assert many < few * 8 * 4


def test_k8_one_id_that_thousands_have_and_thousands_name_is_read_in_time():
    holders = [a_mail(f"h{n}", f"{n}@x.example", message_id="same") for n in range(3000)]
    namers = [a_mail(f"n{n}", f"{n}@x.example", in_reply_to=("same",)) for n in range(3000)]

    started = time.process_time()
    done = assign([*holders, *namers])

    assert time.process_time() - started < 2
    assert len({one.ticket for one in done.placements}) == 3000


def test_k9_a_circle_of_references_ends():
    done = assign([a_mail("a", **answering("b")), a_mail("b", **answering("a"))])

    assert grouped(done, "ab") == "ab"


def test_k9_a_mail_that_answers_itself_is_a_first_message():
    done = assign([a_mail("a", **answering("a"))])

    assert placement(done, "a").why == "first message"


def test_k10_a_child_before_its_parent_is_joined_once_that_comes():
    parent = a_mail("x")
    child = a_mail("a", **answering("x"))

    assert placement(assign([child]), "a").ticket == placement(assign([parent, child]), "x").ticket


def test_k11_recipients_of_a_held_mail_never_take_part():
    done = assign(
        [
            a_mail("a"),
            a_mail("b", EVE, **answering("a"), recipients=frozenset({MAX})),
            a_mail("c", MAX, **answering("a")),
        ]
    )

    assert [placement(done, one).is_member for one in "abc"] == [True, False, False]


def test_a_stranger_whom_we_answered_takes_part_from_then_on():
    done = assign(
        [
            a_mail("a"),
            a_mail("b", EVE, **answering("a")),
            ours("c", EVE, **answering("a", "b")),
            a_mail("d", EVE, **answering("a", "b", "c")),
        ]
    )

    assert [placement(done, one).is_member for one in "abcd"] == [True, False, True, True]


def test_k16_a_bounce_of_an_id_we_never_sent_is_a_plain_mail():
    done = assign(
        [
            a_mail("a"),
            a_mail("b", "mailer-daemon@x.example", is_report=True, reported_ids=("forged",)),
        ]
    )

    assert grouped(done, "ab") == "a b"


def test_a_bounce_joins_the_mail_it_reports_and_brings_nobody_in():
    done = assign(
        [
            a_mail("a"),
            ours("b", ZOE, **answering("a")),
            a_mail(
                "c",
                "mailer-daemon@x.example",
                is_report=True,
                is_auto=True,
                reported_ids=("b",),
                proven=frozenset({"b"}),
            ),
            a_mail("d", "mailer-daemon@x.example", **answering("b")),
        ]
    )

    assert grouped(done, "abcd") == "abcd"
    assert placement(done, "c").is_member
    assert placement(done, "c").why == "reports on a mail of ours"
    assert not placement(done, "d").is_member


def test_a_report_without_its_body_waits():
    done = assign([a_mail("a"), a_mail("b", is_report=True, has_body=False, **answering("a"))])

    assert grouped(done, "ab") == "a -b"
    assert placement(done, "b").why == "waits for the text of the report"


def test_bounces_of_one_mail_that_is_not_here_share_a_ticket():
    bounces = [
        a_mail(
            n,
            f"mailer-daemon@{n}.example",
            is_report=True,
            reported_ids=("gone",),
            proven=frozenset({"gone"}),
        )
        for n in "ab"
    ]

    assert grouped(assign(bounces), "ab") == "ab"


# Our own mail -------------------------------------------------------------------------------------


def test_only_mail_of_ours_is_no_ticket():
    done = assign([ours("a", ZOE), ours("b", ZOE, **answering("a"))])

    assert grouped(done, "ab") == "-ab"
    assert done.aliases == done.merged == ()


def test_a_mail_of_ours_becomes_a_ticket_with_the_answer_of_whom_it_went_to():
    done = assign([ours("a", ZOE, MAX), a_mail("b", MAX, **answering("a"))])

    assert grouped(done, "ab") == "ab"
    assert placement(done, "b").why == "answers a mail of ours"


def test_who_answers_a_mail_of_ours_that_went_to_others_has_a_ticket_of_their_own():
    done = assign(
        [ours("a", ZOE), a_mail("b", EVE, **answering("a")), a_mail("c", ZOE, **answering("a"))]
    )

    assert grouped(done, "abc") == "ac b"
    assert placement(done, "b").is_member


def test_a_second_answer_to_a_newsletter_goes_on_where_the_first_one_is():
    done = assign(
        [
            ours("a", *MANY),
            a_mail("b", MANY[0], **answering("a")),
            ours("c", MANY[0], **answering("a", "b")),
            a_mail("d", MANY[0], **answering("a")),
            a_mail("e", MANY[0], **answering("a", "b", "c")),
        ]
    )

    assert grouped(done, "abcde") == "bcde -a"


def test_a_correction_to_a_newsletter_does_not_gather_its_readers():
    done = assign(
        [
            ours("a", *MANY),
            ours("b", *MANY, **answering("a")),
            a_mail("c", MANY[0], **answering("a", "b")),
            a_mail("d", MANY[1], **answering("a", "b")),
        ]
    )

    assert grouped(done, "abcd") == "c d -ab"


def test_a_forged_mail_from_our_own_address_is_a_stranger():
    done = assign(
        [
            a_mail("a"),
            ours("b", ZOE, **answering("a")),
            a_mail("c", "ana@desk.example", **answering("a", "b")),
        ]
    )

    assert not placement(done, "c").is_member


# Uids that were seen once ---------------------------------------------------------------------------


def test_the_uid_of_every_member_and_of_every_unseen_id_leads_to_the_ticket():
    done = assign([a_mail("b", **answering("a")), a_mail("c", **answering("x", "b"))])

    ticket = placement(done, "b").ticket
    assert dict(done.aliases) == {ticket_uid(one): ticket for one in "bcx"}


def test_a_second_ticket_is_named_after_its_first_message():
    done = assign([ours("a", *MANY), a_mail("b", MANY[0], **answering("a"))])

    assert placement(done, "b").ticket == derived_uid("second", ticket_uid("b").encode())


def test_a_second_ticket_is_merged_once_its_mail_belongs_elsewhere():
    first, second = a_mail("b", ZOE, **answering("a")), a_mail("c", MAX, **answering("a"))
    before = placement(assign([first, second]), "c").ticket

    done = assign([a_mail("a", recipients=frozenset({MAX})), first, second])

    assert grouped(done, "abc") == "abc"
    assert (before, placement(done, "a").ticket) in done.merged


def test_the_ticket_of_an_answer_is_found_once_the_newsletter_comes():
    answer = a_mail("b", MANY[0], **answering("a"))
    before = placement(assign([answer]), "b").ticket

    done = assign([ours("a", *MANY), answer])

    assert placement(done, "b").ticket != before
    assert resolved(done, before) == placement(done, "b").ticket


# Corrections -------------------------------------------------------------------------------------------


def test_a_moved_message_says_who_moved_it():
    done = assign([a_mail("a")], [moved("a", "ELSEWHERE")])

    assert placement(done, "a").ticket == "ELSEWHERE"
    assert placement(done, "a").why == "moved here by Ana"


def test_what_answers_a_moved_message_follows_it_and_its_siblings_stay():
    mails = [
        a_mail("a"),
        a_mail("b", **answering("a")),
        ours("c", ZOE, **answering("a", "b")),
        a_mail("d", **answering("a", "b", "c")),
        a_mail("e", **answering("a")),
    ]

    done = assign(mails, [moved("b", "SPLIT")])

    assert grouped(done, "abcde") == "ae bcd"
    assert placement(done, "c").why == "answers a message that was moved here"


def test_the_nearest_moved_ancestor_counts():
    mails = [a_mail("a"), a_mail("b", **answering("a")), a_mail("c", **answering("a", "b"))]

    done = assign(mails, [moved("a", "ONE"), moved("b", "TWO")])

    assert [placement(done, one).ticket for one in "abc"] == ["ONE", "TWO", "TWO"]


def test_the_last_stamp_counts():
    done = assign([a_mail("a")], [moved("a", "LATE", b"2"), moved("a", "EARLY", b"1")])

    assert placement(done, "a").ticket == "LATE"


def test_a_held_mail_that_is_moved_onto_its_ticket_is_a_member_with_its_people():
    mails = [a_mail("a"), a_mail("b", EVE, **answering("a")), a_mail("c", EVE, **answering("a"))]

    done = assign(mails, [moved("b", ticket_uid("a"))])

    assert [placement(done, one).is_member for one in "abc"] == [True, True, True]


def test_a_move_to_any_uid_of_a_ticket_moves_to_that_ticket():
    mails = [a_mail("a"), a_mail("b", **answering("a")), ours("c", ZOE, in_reply_to=("a", "d"))]
    mails.append(a_mail("d", EVE))

    done = assign(mails, [moved("d", ticket_uid("b"))])

    assert placement(done, "d").ticket == ticket_uid("a")


def test_a_move_to_a_ticket_that_begins_later_joins_it():
    mails = [a_mail("a"), a_mail("b"), a_mail("c", in_reply_to=("b", "a"))]

    done = assign(mails, [moved("a", ticket_uid("b"))])

    assert grouped(done, "abc") == "abc"


def test_aliases_do_not_hear_of_corrections():
    mails = [a_mail("a"), a_mail("b", **answering("a")), a_mail("c", **answering("a"))]

    assert assign(mails, [moved("b", "SPLIT")]).aliases == assign(mails).aliases


def test_a_ticket_that_corrections_emptied_is_merged_into_where_its_mail_went():
    done = assign([a_mail("a"), ours("b", ZOE, **answering("a"))], [moved("a", "ELSEWHERE")])

    assert grouped(done, "ab") == "ab"
    assert (ticket_uid("a"), "ELSEWHERE") in done.merged


def test_an_undone_split_is_merged_into_where_its_message_is():
    mails = [a_mail("a"), a_mail("b", **answering("a"))]

    done = assign(mails, former=[moved("b", "SPLIT")])

    assert ("SPLIT", ticket_uid("a")) in done.merged


def test_a_third_ticket_of_one_message_id_is_found_again_too():
    same = [a_mail(n, f"{n}@x.example", message_id="same") for n in "bcd"]
    before = placement(assign(same), "d").ticket

    done = assign([a_mail("a", message_id="same", recipients=frozenset({"d@x.example"})), *same])

    assert grouped(done, "abcd") == "ad b c"
    assert resolved(done, before) == placement(done, "d").ticket


def test_a_correction_gives_no_new_ticket_a_uid_that_leads_elsewhere():
    mails = [
        a_mail("a", recipients=frozenset({MAX})),
        a_mail("b", MAX, **answering("a", "ghost")),
        a_mail("c", MAX, references=("ghost",)),
    ]

    done = assign(mails, [moved("a", "SPLIT")])

    assert not {uid for uid, _ in done.aliases} & {one.ticket for one in done.placements}


def test_who_answers_a_newsletter_is_not_held_for_a_farther_reference():
    done = assign(
        [
            a_mail("a"),
            ours("b", *MANY),
            a_mail("c", MANY[0], in_reply_to=("b",), references=("a", "b")),
        ]
    )

    assert grouped(done, "abc") == "a c -b"
    assert placement(done, "c").is_member


def test_a_conversation_with_one_person_needs_no_second_names():
    done = assign([a_mail("a"), ours("b", ZOE, **answering("a")), a_mail("c", **answering("b"))])

    assert done.merged == ()
