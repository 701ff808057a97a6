"""What the last turn set, corrected in the next; a wish without its words; which list and which note is meant."""

import pytest

from tests.test_agent import agent, answer, ask, called, clock, encode, store  # noqa: F401 - fixtures


@pytest.mark.parametrize(
    ("first", "then", "when"),
    [
        ("remind me thursday at ten to ring the vet", "ah sorry no, change that to half ten", "2026-03-05T10:30"),
        ("remind me tomorrow at nine to ring the vet", "make that ten instead", "2026-03-03T10:00"),
        ("remind me at 8 tonight to ring the vet", "i meant half eight", "2026-03-02T20:30"),
        ("remind me at 8 tonight to ring the vet", "no, tomorrow night", "2026-03-03T20:00"),
        ("remind me at 8 tonight to ring the vet", "an hour later", "2026-03-02T21:00"),
    ],
)
def test_a_reminder_that_is_corrected_is_set_again_and_the_old_one_is_gone(agent, store, first, then, when):  # noqa: F811
    ask(agent, first)
    assert called(ask(agent, then)) == ["undo", "set_reminder"]
    assert [(one.text, one.when.isoformat()[:16]) for one in store.reminders()] == [("ring the vet", when)]


def test_a_timer_that_is_corrected_keeps_its_name_and_the_old_one_is_gone(agent, store):  # noqa: F811
    ask(agent, "set a timer for ten minutes for the eggs")
    assert called(ask(agent, "sorry i meant twelve")) == ["undo", "start_timer"]
    assert [(one.name, one.seconds) for one in store.timers()] == [("eggs", 720)]


def test_another_wish_after_a_reminder_takes_nothing_back(agent, store):  # noqa: F811
    ask(agent, "remind me at 8 tonight to ring the vet")
    assert called(ask(agent, "and at nine to lock up")) == ["set_reminder"]
    assert len(store.reminders()) == 2


def test_why_it_is_scrapped_is_no_name_of_what_goes(agent, store):  # noqa: F811
    ask(agent, "remind me to water the tomatoes at 6 tonight")
    assert called(ask(agent, "scrap that it's raining")) == ["undo"] and store.reminders() == []


@pytest.mark.parametrize(
    "said",
    [
        "take this down for me please",
        "jot this down for me now",
        "add something to my shopping list",
        "put a couple of things on my list",
    ],
)
def test_a_wish_to_write_without_the_words_asks_for_them(agent, store, said):  # noqa: F811
    assert answer(ask(agent, said)) == "What should I write down?" and store.entries() == []


def test_the_list_is_the_one_that_there_is(agent, store):  # noqa: F811
    store.add_entry("note", "Shopping list: brown bread", agent._now())
    store.add_entry("note", "ask Colm about the trailer", agent._now())
    assert answer(ask(agent, "stick rashers on my list")) == "Noted: Shopping list: rashers."
    assert "brown bread" in answer(ask(agent, "what's on the list"))
    assert "rashers" in answer(ask(agent, "right i'm in tesco, what am i still short of"))
    store.add_entry("note", "Hemi owes me 60 dollars", agent._now())
    assert "Hemi" in answer(ask(agent, "read me back the last thing i got you to write down"))


def test_after_the_colon_of_a_note_all_is_the_note(agent, store):  # noqa: F811
    ask(agent, "Note for my essay: Hobbes chapter thirteen, compare with Locke on property.")
    (kept,) = store.entries(("note",))
    assert kept.text.endswith("Hobbes chapter thirteen, compare with Locke on property")


@pytest.mark.parametrize(
    ("said", "about"),
    [
        ("how do the reminders work", "remind me to"),
        ("i never used the notes part of you, what way does it work", "shopping list"),
        ("how would i go about getting you to read a letter", "read this"),
    ],
)
def test_help_is_given_on_what_the_words_name(agent, said, about):  # noqa: F811
    events = ask(agent, said)
    assert called(events) == ["help"] and about in answer(events)


def test_what_a_program_is_opened_for_is_no_part_of_its_name():
    from assistant.steps.arguments import fill
    from assistant.steps.slots import Material

    for said in ("launch thunderbird so i can do my email", "open thunderbird would you", "open up thunderbird there till i look at it"):  # noqa: E501 # fmt: skip
        assert fill("open_application", said, Material(encode)) == {"name": "thunderbird"}
