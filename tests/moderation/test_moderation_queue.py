"""The queue: narrowed, counted, given out one by one, and fast however long it is."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from consultation.accounts.models import Role
from consultation.clock import now
from consultation.db.base import writing
from consultation.exports.workbook import counts as workbook_counts
from consultation.moderation import excluded_responses, queue
from consultation.moderation.models import (
    AsideReason,
    FindingKind,
    ModeratedText,
    TextCluster,
    Verdict,
)
from consultation.moderation.queue import Filters, Flag, Tab
from consultation.responses.models import Respondent, Response, Standing
from consultation.responses.rights import erasure
from consultation.responses.rights.erasure import Wish
from consultation.web.permissions import NotAllowed
from consultation.work.services import Work
from tests.exports.builders import respond
from tests.factories import screen_all
from tests.moderation.builders import (
    PHONE,
    TEXT,
    Colleague,
    fresh,
    make_actor,
    make_text,
    phone_text,
    plain,
    range_of,
)
from tests.moderation.bulk import fill
from tests.statements import plan_of, selects

pytestmark = pytest.mark.database


def listed_ids(session, colleague, **filters):
    listed = queue.page(Work(session, colleague.actor, now()), Filters(**filters), "")
    count = queue.total(Work(session, colleague.actor), Filters(**filters))
    assert count == len(listed.lines)
    return {line.public_id for line in listed.lines}


def take(session, colleague, after="", at=None, **filters):
    with writing(session):
        return queue.take_next(
            Work(session, colleague.actor, at or now()),
            Filters(**filters),
            after,
            two_moderators=colleague.two_moderators,
        )


def test_texts_that_the_machine_has_not_read_are_counted(session, opened):
    respond(session, opened, "T7", {"suggestions": "Lu.", ("T7.1", "reason"): "Lu aussi."})
    screen_all(session)
    assert queue.unread_count(session()) == 0

    respond(session, opened, "T7", {"suggestions": "Pas encore lu."})
    respond(session, opened, "T7", {("T7.1", "stance"): "keep"})

    assert queue.unread_count(session()) == 1


def test_each_filter_narrows_the_queue_and_the_counts_are_of_what_is_current(
    session, opened, colleague
):
    flagged = phone_text(session, opened, standing=Standing.INVITED)
    other = make_text(session, opened, "Rien à signaler.", measure="T4")
    tool = make_text(session, opened, "Sur l'outil.", measure=None)
    cluster, another = TextCluster(created_at=now()), TextCluster(created_at=now())
    session.add_all([cluster, another])
    session.flush()
    tool.cluster_id, other.cluster_id = cluster.id, another.id
    make_text(session, opened, "Retiré.", withdrawn_at=now())
    aside = make_text(session, opened, "Un essai.")
    response = session.scalars(sa.select(Response).order_by(Response.id.desc())).first()
    with writing(session):
        excluded_responses.set_aside(
            Work(session, colleague.actor, now()), response.public_id, AsideReason.TEST
        )
    cluster_id = cluster.public_id

    assert listed_ids(session, colleague) == {text.public_id for text in (flagged, other, tool)}
    assert listed_ids(session, colleague, measure="T4") == {other.public_id}
    assert listed_ids(session, colleague, is_tool=True) == {tool.public_id}
    assert listed_ids(session, colleague, flag=Flag.ANY) == {flagged.public_id}
    assert listed_ids(session, colleague, flag=Flag.NONE) == {other.public_id, tool.public_id}
    assert listed_ids(session, colleague, flag=FindingKind.PHONE) == {flagged.public_id}
    assert listed_ids(session, colleague, flag=FindingKind.NIR) == set()
    assert listed_ids(session, colleague, standing=Standing.INVITED) == {flagged.public_id}
    assert listed_ids(session, colleague, tab=Tab.ASIDE) == {aside.public_id}
    assert listed_ids(session, colleague, cluster=cluster_id) == {tool.public_id}
    assert queue.counts(Work(session, colleague.actor)) == {
        **dict.fromkeys(Tab, 0), Tab.WAITING: 3, Tab.ASIDE: 1,
    }  # fmt: skip


def test_text_that_was_masked_once_published_is_among_those_with_masks_as_its_page_says(
    session, opened, colleague, sign_in
):
    text, whole = phone_text(session, opened), make_text(session, opened, "Rien à masquer.")
    for published in (text, whole):
        colleague.decide(published, Verdict.PUBLISH, verified=[range_of(TEXT)])
    make_text(session, opened, "Pas encore lu.")
    colleague.mask(text, range_of(TEXT))
    browser = sign_in(name="lou")

    counts = queue.counts(Work(session, colleague.actor))
    page = plain(browser.get("/moderation?etat=redacted"))

    assert (counts[Tab.PUBLISHED], counts[Tab.REDACTED]) == (1, 1)
    assert listed_ids(session, colleague, tab=Tab.REDACTED) == {text.public_id}
    assert listed_ids(session, colleague, tab=Tab.PUBLISHED) == {whole.public_id}
    assert "publié, passages masqués" in page.partition("Vu par la machine")[2]


def test_texts_are_given_out_in_order_each_to_one_person(session, opened, colleagues):
    camille, dominique = colleagues
    first, second, third = (make_text(session, opened, f"Texte {number}") for number in range(3))
    at = now()

    assert take(session, camille, at=at) == first.public_id
    assert take(session, dominique, at=at) == second.public_id
    assert take(session, camille, at=at) == first.public_id
    assert take(session, camille, after=first.public_id, at=at) == third.public_id
    assert take(session, dominique, after=third.public_id, at=at) is None
    assert take(session, camille, newest_first=True, at=at) == third.public_id
    later = at + timedelta(minutes=10)
    assert take(session, dominique, at=later) == first.public_id


def test_ones_own_proposals_are_given_out_to_others_only(session, opened, colleagues):
    camille, dominique = colleagues
    text, other = make_text(session, opened), make_text(session, opened, "Un autre.")
    camille.decide(text, Verdict.WITHHOLD)

    assert take(session, camille, tab=Tab.SECONDING) is None

    dominique.decide(other, Verdict.WITHHOLD)

    assert take(session, camille, tab=Tab.SECONDING) == other.public_id
    assert take(session, dominique, tab=Tab.SECONDING) == text.public_id


def test_ones_own_proposals_are_given_out_once_nobody_else_has_to_agree(
    session, opened, colleagues
):
    camille, _dominique = colleagues
    text = make_text(session, opened)
    camille.decide(text, Verdict.WITHHOLD)
    alone = Colleague(session, camille.actor)

    assert take(session, alone, tab=Tab.SECONDING) == text.public_id


def test_proposal_about_a_text_that_its_author_had_erased_waits_for_nobody(
    app, session, opened, colleagues
):
    camille, _dominique = colleagues
    text = make_text(session, opened)
    camille.decide(text, Verdict.WITHHOLD)
    with writing(session):
        author = session.scalars(sa.select(Respondent.id)).one()
        erasure.erase(session, author, Wish(texts=True), now(), home=app.config["HOME"])

    counts = queue.counts(Work(session, camille.actor))

    assert counts[Tab.SECONDING] == counts[Tab.WAITING] == 0
    assert workbook_counts.count(session, opened.id).texts_waiting == 0
    assert fresh(session, text).pending is None


def test_organiser_can_ask_for_nothing_of_the_queue(session, opened):
    organiser = make_actor(session, "lou", Role.ORGANISER)

    for ask in (
        lambda: queue.page(Work(session, organiser, now()), Filters(), ""),
        lambda: queue.counts(Work(session, organiser)),
        lambda: queue.take_next(
            Work(session, organiser, now()), Filters(), "", two_moderators=True
        ),
    ):
        with pytest.raises(NotAllowed):
            ask()


def test_queue_page_asks_the_database_the_same_number_of_times_for_five_thousand(
    session, opened, moderator
):
    def queries(path):
        with selects() as question:
            page = moderator.get(path)
        assert page.status_code == 200
        return len(question), page

    phone_text(session, opened)
    queries("/moderation")  # what a process reads once in a while
    few, _page = queries("/moderation")
    fill(session, opened, 5_000)

    many, page = queries("/moderation")
    narrowed, _page = queries("/moderation?signe=phone&qui=invited&mesure=T7&tri=recents")

    assert few == many
    # Four of them are the account: session, row, roles and second factor.  Two are of danger:
    # the band of open alerts, and the texts with danger words, which come first.
    assert max(many, narrowed) <= 19
    assert "5 001 textes" in plain(page)
    assert page.text.count("<tr>") - 1 == queue.PAGE_LENGTH


@pytest.mark.only("sqlite")
def test_pages_of_the_queue_are_read_in_the_order_of_an_index(session, opened, colleague):
    fill(session, opened, 120)
    with selects() as statements:
        listed = queue.page(Work(session, colleague.actor, now()), Filters(), "")
        queue.page(Work(session, colleague.actor, now()), Filters(), listed.lines[-1].public_id)
    limited = [statement for statement in statements if "LIMIT" in statement]

    assert len(limited) == 3  # those with danger words, the others, the second page
    for statement in limited:
        assert not [step for step in plan_of(session, statement) if "ORDER BY" in step]


def test_queue_is_read_to_its_end_page_by_page(session, opened, colleague):
    fill(session, opened, 120)
    seen, after = [], ""

    while True:
        listed = queue.page(Work(session, colleague.actor, now()), Filters(), after)
        seen += [line.public_id for line in listed.lines]
        if listed.is_last:
            break
        after = listed.lines[-1].public_id

    assert len(seen) == len(set(seen)) == 120


def test_queue_shows_what_was_seen_and_whose_turn_it_is(session, opened, sign_in, colleague):
    text = phone_text(session, opened)
    take(session, colleague)
    lou = sign_in(name="lou")

    page = plain(lou.get("/moderation"))

    assert f"appelez-la au {PHONE}" in page
    assert "téléphone" in page
    assert "relu par Camille" in page
    assert "À relire (1)" in page
    assert text.public_id in lou.get("/moderation?qui=unverified").text
    empty = lou.get("/moderation?signe=nir")
    assert "Aucun texte pour ces filtres" in plain(empty)
    assert TEXT[:20] not in plain(empty)


def place(session, colleague, text, **filters):
    filters = Filters(**filters)
    place_ = queue.place_of(Work(session, colleague.actor), filters, fresh(session, text))
    return place_ and (place_.number, place_.total, place_.previous)


def test_place_of_a_text_counts_in_the_order_of_the_queue_danger_first(session, opened, colleague):
    first, second, urgent = (make_text(session, opened, f"Texte {number}") for number in range(3))
    urgent.has_danger_words = True
    session.commit()

    assert place(session, colleague, urgent) == (1, 3, None)
    assert place(session, colleague, first) == (2, 3, urgent.public_id)
    assert place(session, colleague, second) == (3, 3, first.public_id)
    assert place(session, colleague, first, newest_first=True) == (3, 3, second.public_id)
    assert place(session, colleague, urgent, flag=Flag.DANGER) == (1, 1, None)
    assert place(session, colleague, first, flag=Flag.DANGER) is None
    assert place(session, colleague, first, tab=Tab.PUBLISHED) is None


def test_place_of_a_text_far_behind_is_not_counted(session, opened, colleague, monkeypatch):
    texts = [make_text(session, opened, f"Texte {number}") for number in range(3)]
    monkeypatch.setattr(queue, "MOST_COUNTED", 2)

    second = queue.place_of(Work(session, colleague.actor), Filters(), fresh(session, texts[1]))

    assert (second.number, second.total, second.is_long) == (2, 2, True)
    assert place(session, colleague, texts[2]) is None


def test_queue_is_narrowed_by_words_round_capacity_and_organisation(session, opened, colleague):
    shelter = make_text(
        session, opened, "Un hébergement d'Été, à Évry.", capacity="justice",
        organisation="L'Étape à Évry",
    )  # fmt: skip
    other = make_text(session, opened, "Rien d’autre.", capacity="police")

    assert listed_ids(session, colleague, query="ete HEBERGEMENT") == {shelter.public_id}
    assert listed_ids(session, colleague, query="d'autre") == {other.public_id}
    assert listed_ids(session, colleague, query="100%") == set()
    assert listed_ids(session, colleague, organisation="etape") == {shelter.public_id}
    assert listed_ids(session, colleague, capacity="police") == {other.public_id}
    assert len(listed_ids(session, colleague, round=opened.code)) == 2
    assert listed_ids(session, colleague, round="autre") == set()


@pytest.mark.every_case
@pytest.mark.parametrize("sort", [*queue.Sort, None])
@pytest.mark.parametrize("newest_first", [True, False])
def test_each_order_goes_from_page_to_page_and_back(
    session, opened, colleague, monkeypatch, sort, newest_first
):
    for number, (measure, capacity) in enumerate(
        [("T7", "police"), ("T4", "justice"), (None, "police"), ("T4", "police")]
    ):
        make_text(session, opened, f"Texte {number}", measure=measure, capacity=capacity)
    monkeypatch.setattr(queue, "PAGE_LENGTH", 1)
    filters = Filters(sort=sort, newest_first=newest_first)
    whole = queue.page(Work(session, colleague.actor, now()), filters, "")
    names = [whole.lines[0].public_id]
    while not whole.is_last:
        whole = queue.page(Work(session, colleague.actor, now()), filters, names[-1])
        names.append(whole.lines[0].public_id)
    texts = {text.public_id: text for text in session.scalars(sa.select(ModeratedText))}
    places = [
        queue.place_of(Work(session, colleague.actor), filters, texts[name]) for name in names
    ]

    assert len(set(names)) == 4
    assert [place_.number for place_ in places] == [1, 2, 3, 4]
    assert [place_.previous for place_ in places] == [None, *names[:3]]
