"""The moderators' pages of texts that say nearly the same."""

import re
from urllib.parse import unquote

import pytest
import sqlalchemy as sa

from consultation.accounts.models import Role
from consultation.clock import now
from consultation.moderation.models import ModeratedText, TextState, Verdict
from consultation.text import natural_key
from tests.moderation.builders import Colleague, make_actor, plain
from tests.moderation.cluster_builders import OTHER_PETITION, PETITION, Intake

PAGE = "/moderation/textes-semblables"
OWN = "Zoé le dit aussi, <b>très</b> fort."


@pytest.fixture
def intake(session):
    return Intake(session)


@pytest.fixture
def ids(intake):
    """Three texts that say the same, the last with a sentence more."""
    ids = intake.receive(PETITION, PETITION.upper(), organisation="L'Étape")
    ids += intake.receive(f"{PETITION} {OWN}", days=1)
    intake.compare()
    return ids


@pytest.fixture
def path(intake, ids):
    return f"{PAGE}/{intake.cluster_of(ids[0]).public_id}"


def digest_of(page):
    return re.search(r'name="vus" value="(\w+)"', page.get_data(as_text=True))[1]


def confirmed(digest):
    """What the page sends that says for how many texts it is."""
    return {"verdict": "publish", "vus": digest, "confirme": "oui"}


def states(session):
    session.rollback()
    session.expire_all()
    return session.scalars(sa.select(ModeratedText.state).order_by(ModeratedText.answer_id)).all()


def test_former_addresses_lead_to_the_present_ones(sign_in, path):
    moderator = sign_in(Role.MODERATOR, name="m")

    answers = [
        moderator.get(address.replace(PAGE, "/moderation/campagnes"))
        for address in (PAGE, f"{PAGE}?page=2", path)
    ]

    assert [answer.status_code for answer in answers] == [301, 301, 301]
    assert [answer.location for answer in answers] == [PAGE, f"{PAGE}?page=2", path]


def test_strangers_sign_in_first_and_colleagues_are_refused(client, sign_in, path):
    organiser = sign_in(Role.ORGANISER, name="o")
    posts = ("annuler", "decider", "detacher", "remettre", "reunir", "separer")

    assert [client.get(text).status_code for text in (PAGE, path)] == [303, 303]
    assert [organiser.get(text).status_code for text in (PAGE, path)] == [403, 403]
    organiser.get("/organisation/")
    assert {organiser.post(f"{path}/{post}", {}).status_code for post in posts} == {403}


def test_empty_list_of_clusters_says_what_will_come(moderator):
    assert "Aucun texte semblable" in plain(moderator.get(PAGE))


def test_list_and_page_show_the_facts_and_the_differences(moderator, intake, path):
    listed, page = moderator.get(PAGE), moderator.get(path)

    fact = "1 texte × 3 envois, 2 jours, 1 organisation"
    assert fact in plain(listed)
    assert path in listed.get_data(as_text=True)
    assert fact in plain(page)
    marks = re.findall("<mark>(.*?)</mark>", page.get_data(as_text=True))
    assert marks[0].startswith("Zoé")
    assert "<b>très" not in page.get_data(as_text=True)
    assert moderator.get(f"{PAGE}/inconnue").status_code == 404


def test_deciding_for_all_says_how_many(moderator, session, path):
    page = moderator.get(path)
    assert "Publier 3 textes" in plain(page)

    flashed = moderator.post(
        f"{path}/decider",
        confirmed(digest_of(page)),
        follow_redirects=True,
    )

    assert "3 textes publiés." in plain(flashed)
    assert "3 des textes publiés ne seront lus que par l'équipe" in plain(flashed)  # nobody agreed
    assert "Décider pour tous" not in plain(flashed)
    assert states(session) == [TextState.PUBLISHED] * 3


def test_deciding_for_all_first_says_for_how_many_and_decides_nothing(moderator, session, path):
    page = moderator.get(path)

    asked = moderator.post(f"{path}/decider", {"verdict": "publish", "vus": digest_of(page)})

    assert asked.status_code == 200
    assert "Publier 3 textes ?" in plain(asked)
    assert "Revenir sans rien décider" in plain(asked)
    assert states(session) == [TextState.WAITING] * 3


def test_decision_for_all_is_taken_back_for_all_but_what_was_decided_since(
    moderator, intake, session, path, ids
):
    sent = confirmed(digest_of(moderator.get(path)))
    decided = moderator.post(f"{path}/decider", sent)
    lou = Colleague(session, make_actor(session, "lou"))
    lou.decide(intake.text(ids[1]), Verdict.WITHHOLD)
    session.rollback()
    page = moderator.get(decided.location)
    lot = re.search(r'name="lot" value="([^"]+)"', page.text)[1]

    undone = moderator.post(f"{path}/annuler", {"lot": lot}, follow_redirects=True)
    again = moderator.post(f"{path}/annuler", {"lot": lot}, follow_redirects=True)

    assert "Annuler pour tous ces textes" in plain(page)
    assert "2 textes sont de nouveau à relire" in plain(undone)
    assert states(session) == [TextState.WAITING, TextState.WITHHELD, TextState.WAITING]
    assert "plus rien à annuler" in plain(again)


def test_decision_of_a_colleague_is_not_taken_back_by_its_moment(moderator, session, sign_in, path):
    sent = confirmed(digest_of(moderator.get(path)))
    location = moderator.post(f"{path}/decider", sent).location
    lot = unquote(location.partition("lot=")[2])
    other = sign_in(name="lou")
    other.get(path)

    other.post(f"{path}/annuler", {"lot": lot})

    assert states(session) == [TextState.PUBLISHED] * 3


def test_list_names_few_measures_in_their_order(moderator, app):
    template = app.jinja_env.get_template("moderation/clusters/_measures.html")
    codes = sorted(["M10", "M2", "M33", "M1.10", "M1.9", "M4"], key=natural_key)

    listed = str(template.module.measures(codes))

    assert listed.replace("\xa0", " ") == "M1.9, M1.10, M2, M4 et 2 autres"


def test_text_that_was_masked_once_published_is_told_of_as_its_own_page_does(
    moderator, intake, session, path, ids
):
    page = moderator.get(path)
    moderator.post(f"{path}/decider", confirmed(digest_of(page)))
    Colleague(session, make_actor(session, "lou")).mask(intake.text(ids[0]), (0, 4))

    content = plain(moderator.get(path))

    assert "publié, passages masqués : 1 texte" in content
    assert "publié : 2 textes" in content
    assert content.count("publié, passages masqués") == 2


@pytest.mark.parametrize(
    ("held", "sentences"),
    [
        (
            1,
            (
                "2 textes publiés. 1 texte à part : une autre personne le lit, ou",
                "publié : 2 textes",
            ),
        ),
        (
            2,
            (
                "1 texte publié. 2 textes à part : une autre personne les lit, ou",
                "publié : 1 texte",
            ),
        ),
    ],
)
def test_what_colleagues_read_is_told_and_counted_apart(
    moderator, session, ids, path, held, sentences
):
    reader = make_actor(session, "dominique")
    for answer_id in ids[:held]:
        text = session.get(ModeratedText, answer_id)
        text.claimed_by, text.claimed_until = reader.id, now().replace(year=2100)
    session.commit()
    seal = digest_of(moderator.get(path))

    flashed = plain(
        moderator.post(
            f"{path}/decider",
            confirmed(seal),
            follow_redirects=True,
        )
    )

    for sentence in (*sentences, f"à relire : {held} texte"):
        assert sentence in flashed


@pytest.mark.parametrize(
    ("sent", "field"),
    [({}, "verdict"), ({"verdict": "withhold"}, "raison"), ({"verdict": "redact"}, "verdict")],
)
def test_refusal_stands_at_its_field_and_keeps_what_was_chosen(
    moderator, session, path, sent, field
):
    page = moderator.get(path)

    refused = moderator.post(f"{path}/decider", sent | {"vus": digest_of(page)})

    text = refused.get_data(as_text=True)
    assert refused.status_code == 400
    assert "<title>Erreur" in text
    assert f'href="#{field}"' in text
    assert f'aria-describedby="{field}-error"' in text
    if sent.get("verdict") == "withhold":
        assert 'value="withhold" checked' in text
    assert states(session) == [TextState.WAITING] * 3


def test_stale_page_decides_nothing(moderator, intake, session, path):
    page = moderator.get(path)
    intake.receive(PETITION)
    intake.compare()

    refused = moderator.post(f"{path}/decider", confirmed(digest_of(page)))

    assert refused.status_code == 409
    assert "Rien n'a été enregistré" in plain(refused)
    assert states(session) == [TextState.WAITING] * 4


def test_text_is_taken_out_and_put_back(moderator, intake, path, ids):
    moderator.get(path)
    name = intake.text(ids[2]).public_id

    out = moderator.post(f"{path}/detacher", {"texte": name}, follow_redirects=True)
    again = moderator.post(f"{path}/detacher", {"texte": name})
    back = moderator.post(f"{path}/remettre", {"texte": name}, follow_redirects=True)

    assert "Ce texte est détaché" in plain(out)
    assert "Remettre avec les autres" in plain(out)
    assert again.status_code == 409
    assert "1 texte × 3 envois" in plain(back)


def test_two_campaigns_are_merged_and_parted(moderator, intake, path):
    other = intake.receive(OTHER_PETITION, OTHER_PETITION)
    intake.compare()
    name = intake.cluster_of(other[0]).public_id
    moderator.get(path)

    missing = moderator.post(f"{path}/reunir", {"autre": ""})
    merged = moderator.post(f"{path}/reunir", {"autre": name}, follow_redirects=True)
    empty = moderator.get(f"{PAGE}/{name}")
    parted = moderator.post(f"{path}/separer", {"autre": name}, follow_redirects=True)

    assert missing.status_code == 400
    assert 'aria-describedby="autre-hint autre-error"' in missing.get_data(as_text=True)
    assert "2 textes ont rejoint ceux-ci" in plain(merged)
    assert "1 texte × 5 envois" in plain(merged)
    assert "Plus aucun texte ici" in plain(empty)
    assert "1 texte × 3 envois" in plain(parted)
