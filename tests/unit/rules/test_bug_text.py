from hypothesis import given
from hypothesis import strategies as st

from storage.records.work import BugForm
from storage.rules import bug_text

WORDS = st.text(
    st.characters(blacklist_categories=["Cs", "Cc"], blacklist_characters="#\u2028\u2029\x85")
).map(str.strip)


@given(WORDS, WORDS, WORDS)
def test_a_form_survives_its_text(steps, actual, impact):
    form = BugForm(
        title="t", steps=steps, actual=actual, impact=impact, links=("https://a.example",)
    )

    assert bug_text.read(bug_text.as_text(form), BugForm(title="t")) == form


def test_what_stands_under_a_heading_of_its_own_is_kept():
    text = "before\n\n## Actual\n\nit breaks\n\n## Log\n\nERROR 7\n"

    form = bug_text.read(text, BugForm(title="t"))

    assert form.steps == "before"
    assert form.actual == "it breaks\n\n## Log\n\nERROR 7"


def test_a_report_begins_with_what_the_customer_said_and_runs():
    form = bug_text.begun(
        subject="Webhooks twice",
        words="Every event comes twice.\nWe run the Python SDK 2.4.1 on Ubuntu.\nThanks",
        area="webhooks",
        customers=2,
    )

    assert (form.title, form.area, form.impact) == (
        "Webhooks twice",
        "webhooks",
        "2 customers so far.",
    )
    assert form.environment == "We run the Python SDK 2.4.1 on Ubuntu."
    assert form.actual.startswith("Every event comes twice.")
