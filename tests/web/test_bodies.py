"""Request bodies: whatever is sent gets a page with a remedy, and nothing is stored."""

import html
from urllib.parse import urlencode

import pytest
import sqlalchemy as sa

from consultation.accounts.models import Role
from consultation.plan.models import Measure
from consultation.responses.models import Contact, Submission
from tests.accounts.builders import make_account
from tests.factories import form_data, instrument_of, key_for, make_measure, make_round
from tests.invitations.builders import Browser
from tests.plan.forms import form_in

FORM = "application/x-www-form-urlencoded"
PATH = "/mesures/T7/contribuer"


@pytest.fixture
def instrument(session):
    measure = make_measure(session, "T7")
    make_round(session)
    session.commit()
    return instrument_of(session, measure)


@pytest.fixture
def nothing_is_stored(session, instrument):
    yield
    assert session.scalar(sa.select(sa.func.count()).select_from(Submission)) == 0


@pytest.mark.usefixtures("nothing_is_stored")
class TestRefused:
    @pytest.mark.parametrize(
        ("body", "kind", "status"),
        [
            (b"a=" + b"x" * (4 * 1024 * 1024 + 1), FORM, 413),
            (b"&".join(b"a=1" for _ in range(2001)), FORM, 413),
            (b"question_1=%FF%FE", FORM, 400),
            (b"question_1=caf\xe9", FORM, 400),
            (b"question_1=%C0%AF", FORM, 400),
            (b"question_1=%ED%A0%80", FORM, 400),
            (b"question_1=a%00b", FORM, 400),
            (b'{"question_1": "a"}', "application/json", 415),
            (b"question_1=a", "text/plain", 415),
            (b"--x\r\n", "multipart/form-data; boundary=x", 415),
            (b"question_1=%ZZ", FORM, 400),
            (b"=&=&&;", FORM, 400),
            (b"", FORM, 400),
        ],
    )
    def test_body_that_is_no_form_of_ours_gets_a_page(self, client, body, kind, status):
        page = client.post(PATH, data=body, content_type=kind)

        assert page.status_code == status
        assert 'href="/mesures"' in page.text

    @pytest.mark.parametrize(
        ("code", "typed"),
        [
            ("T7_1__stance", "autre"),
            ("T7_1__relevance", "٣"),
            ("T7_1__relevance", "1e5"),
            ("T7_1__relevance", "1_0"),
            ("capacity", "=1+1"),
            ("suggestions", "x" * 5001),
            ("email", "a@exemple.fr,b@exemple.fr"),
            ("email", "a@exemple.fr\nBcc: b@exemple.fr"),
        ],
    )
    def test_value_not_offered_is_refused_at_its_field(self, client, instrument, code, typed):
        sent = {"capacity": "citizen", "suggestions": "Oui."} | {code: typed}

        page = client.post(
            PATH, data=form_data(instrument, **sent) | {"submission_key": key_for(instrument)}
        )

        assert page.status_code == 422
        assert 'class="why"' in page.text
        assert 'id="errors"' in page.text

    @pytest.mark.parametrize("method", ["put", "delete", "patch"])
    def test_other_methods_get_a_page(self, client, method):
        assert getattr(client, method)(PATH).status_code == 405


def test_line_breaks_in_a_name_become_spaces(client, instrument, session):
    sent = form_data(instrument, capacity="citizen", suggestions="Oui.", name="Anne\r\nBcc: x@y.fr")

    client.post(PATH, data=sent | {"submission_key": key_for(instrument)})

    assert session.scalars(sa.select(Contact)).one().name == "Anne Bcc: x@y.fr"


def test_largest_form_that_browsers_let_one_type_is_taken(client, instrument, session):
    texts = dict.fromkeys(
        ("suggestions", "observation", "missing_indicator", "T7_1__reason"), "𝒳" * 2500
    )

    answer = client.post(
        PATH,
        data=form_data(instrument, capacity="citizen", **texts)
        | {"submission_key": key_for(instrument)},
    )

    assert answer.status_code == 303


@pytest.mark.parametrize(
    "address",
    ["/mesures?q=%00", "/resultats/image/%00.png", "/resultats/T7?tour=%00", "/mesures?q=%FF",
     "/mesures?axe=%27", "/recu/%FF", "/contributions/ouvrir/é", "/mesures/%E2%80%AE",
     "/static/../settings.py", "/organisation/contributions/?page=99999999999999999999",
     "/mesures?q=" + "x" * 5000],
)  # fmt: skip
def test_no_address_is_a_failure(client, instrument, address):
    assert client.get(address).status_code in (200, 303, 404)


@pytest.mark.parametrize("body", [b"a=" + b"x" * (5 * 1024 * 1024), b"a=%FF"])
def test_invalid_body_at_an_unknown_address_is_refused_all_the_same(client, body):
    form = "application/x-www-form-urlencoded"

    page = client.post("/mesures/%00/contribuer", data=body, content_type=form)

    assert page.status_code == 404


class TestCleaned:
    """What is no text is taken out of it, and the rest is not lost."""

    EDIT = "/organisation/plan/mesures/T7"

    @pytest.fixture
    def organiser(self, app, session, instrument):
        make_account(session, "lou@association.fr", Role.ORGANISER)
        browser = Browser(app)
        browser.enter("lou@association.fr")
        return browser

    def test_staff_form_is_given_back_and_sent_again_by_a_button(self, organiser, session):
        typed = form_in(organiser.get(self.EDIT), self.EDIT)
        typed |= {"title": "Titre court", "summary": "Un résumé à ne pas SPOILTperdre " + "x" * 40}
        body = urlencode(typed).encode().replace(b"SPOILT", b"%00")

        refused = organiser.open(self.EDIT, method="POST", data=body, content_type=FORM)
        again = form_in(refused, self.EDIT)
        cleaned = organiser.open(self.EDIT, method="POST", data=again)

        assert refused.status_code == 400
        assert "caractères illisibles" in refused.text
        assert again["summary"].startswith("Un résumé à ne pas perdre xxx")
        assert cleaned.status_code == 200
        assert "Titre court" in cleaned.text
        assert session.scalar(sa.select(Measure.title)) != {"fr": "Titre court"}

    def test_password_is_never_given_back(self, client):
        page = client.post(
            "/connexion", data=b"email=a%40b.fr&password=secret-secret%00", content_type=FORM
        )

        assert page.status_code == 400
        assert "secret-secret" not in page.text

    @pytest.mark.parametrize(
        "path", ["/mesures?q=hebergement%00", "/mesures?q=%00h%C3%A9bergement"]
    )
    def test_search_finds_what_is_left_of_it(self, client, instrument, path):
        page = client.get(path)

        assert page.status_code == 200
        assert "1 mesure trouvée" in html.unescape(page.text).replace("\u00a0", " ")


def test_long_search_is_not_cut(client, instrument):
    query = "hébergement " * 30 + "introuvable"

    page = client.get("/mesures", query_string={"q": query})

    assert f'value="{query}"' in page.text
    assert "Aucun résultat pour" in page.text
