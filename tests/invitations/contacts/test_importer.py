"""Contact importer: a list whole or not at all, in a group, each mailbox once."""

import threading
from concurrent.futures import ThreadPoolExecutor, wait

import pytest
import sqlalchemy as sa

from consultation.accounts.models import AuditEvent
from consultation.clock import now
from consultation.db.base import writing
from consultation.extensions import db
from consultation.invitations.contacts import erasure, importer
from consultation.invitations.models import GroupMember, Invitee, InviteeGroup, InviteeMeasure
from consultation.plan.apply import remove_measure
from consultation.work.services import Work
from tests.factories import make_measure
from tests.invitations.builders import ORGANISER, make_invitee, text_of

pytestmark = pytest.mark.database

PAGE = "/organisation/invitations/importer"


def count(session, model):
    session.rollback()
    return session.scalar(sa.select(sa.func.count()).select_from(model))


def test_of_five_thousand_rows_with_forty_bad_ones_none_is_imported(
    organiser, session, consultation_round
):
    rows = [
        f"personne{number}@exemple.fr;Jeanne" if number % 125 else f"personne{number};Jeanne"
        for number in range(5000)
    ]

    page = organiser.send_list(rows, new_group="Tout le monde")

    text = text_of(page)
    assert page.status_code == 422
    assert "<title>Erreur : " in text
    assert "40 erreurs dans ce fichier : rien n'a été importé" in text
    assert text.count("n'est pas une adresse complète") == 40
    assert 'value="Tout le monde"' in text
    assert [count(session, model) for model in (Invitee, InviteeGroup, GroupMember)] == [0, 0, 0]


def test_thousand_good_rows_are_imported_and_found_again(organiser, session, consultation_round):
    rows = [f"personne{number}@exemple.fr;Jeanne;;;;;T7" for number in range(1100)]

    organiser.send_list(rows, new_group="Tout le monde")
    group = session.scalars(sa.select(InviteeGroup)).one()
    again = organiser.upload_list(rows, group=group.public_id)

    page = text_of(organiser.get(again.location))
    assert '<b class="num">1 100</b> inchangés' in page
    assert "il n'y a rien à importer" in page
    assert count(session, Invitee) == count(session, InviteeMeasure) == 1100


def test_known_contact_is_brought_up_to_date_and_blanks_leave_what_was_known(
    organiser, session, group
):
    make_measure(session, "T9")
    invitee = make_invitee(
        session, group, "jeanne@gmail.com", organisation="Foyer", capacity="justice"
    )

    page = organiser.send_list(
        [
            "Jea.nne@gmail.com;Jeanne Hiver;;Titulaire d'un mandat électif;;anglais;T9",
            "sasha@exemple.fr",
        ],
        new_group="Élus",
    )

    assert "1 contact ajouté, 1 contact mis à jour" in text_of(organiser.get(page.location))
    assert invitee.address == "Jea.nne@gmail.com"
    assert (invitee.name, invitee.organisation) == ("Jeanne Hiver", "Foyer")
    assert (invitee.capacity, invitee.locale) == ("elected_representative", "en")
    assert [measure.code for measure in invitee.measures] == ["T9"]
    assert [group.name for group in invitee.groups] == ["Associations", "Élus"]


def test_names_and_addresses_are_stored_encrypted(organiser, session, consultation_round):
    organiser.send_list(["jeanne@exemple.fr;Jeanne Été"], new_group="Associations")

    stored = session.execute(sa.text("SELECT address, name FROM invitee")).one()

    assert b"jeanne" not in bytes(stored.address)
    assert b"Jeanne" not in bytes(stored.name)


def test_name_of_another_group_is_refused_at_its_field(organiser, session, group):
    page = organiser.send_list(["a@exemple.fr"], new_group="  associations ")

    text = text_of(page)
    assert page.status_code == 422
    assert "Un groupe s'appelle déjà « Associations »" in text
    assert 'aria-describedby="new_group-hint new_group-error" aria-invalid="true"' in text
    assert count(session, Invitee) == 0


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({}, "donnez un nom au nouveau groupe"),
        ({"new_group": "x" * 121}, "120 caractères au plus"),
        ({"group": "inconnu"}, "Ce groupe n'existe plus"),
        ({"group": "inconnu", "new_group": "Élus"}, "pas les deux"),
    ],
)
def test_impossible_group_is_refused(organiser, session, group, fields, sentence):
    page = organiser.send_list(["a@exemple.fr"], **fields)

    assert page.status_code == 422
    assert sentence in text_of(page)


@pytest.mark.parametrize("fields", [{}, {"group": "inconnu"}, {"new_group": "x" * 121}])
def test_who_has_to_say_the_group_again_is_told_that_the_file_is_not_kept(
    organiser, session, group, fields
):
    page = text_of(organiser.send_list(["a@exemple.fr"], **fields))

    assert page.count("Choisissez aussi le fichier de nouveau.") == 2
    assert 'id="file-error"' in page


def test_where_there_is_no_group_a_name_is_all_that_is_asked_for(organiser, consultation_round):
    page = text_of(organiser.send_list(["a@exemple.fr"]))

    assert "Donnez un nom au groupe." in page
    assert "Choisissez un groupe" not in page


def test_post_without_a_file_is_told_so(organiser, consultation_round):
    organiser.get(PAGE)

    page = organiser.post(PAGE, {"new_group": "Élus"})

    assert page.status_code == 422
    assert "Choisissez le fichier de la liste." in text_of(page)


def test_field_beside_the_file_that_no_database_holds_is_refused(organiser):
    page = organiser.send_list(["Jeanne;jeanne@exemple.fr"], group="a\x00b")

    assert page.status_code == 400


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "x", "é" * 300 + ".csv", ".csv", "con\x00.csv", "…"]
)
def test_name_of_a_file_leads_nowhere(organiser, session, consultation_round, name):
    page = organiser.send_list(["jeanne@exemple.fr"], name=name, new_group="Associations")

    assert page.status_code == 303


def test_faults_show_what_a_hostile_file_holds_as_text(organiser, consultation_round):
    page = organiser.send_list(["<script>alert(1)</script>"], new_group="Associations")

    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text_of(page)


def test_audit_log_has_counts_and_no_address(organiser, session, group):
    organiser.send_list(["jeanne@exemple.fr", "sasha@exemple.fr"], group=group.public_id)

    event = session.scalars(sa.select(AuditEvent).order_by(AuditEvent.id.desc())).first()
    assert event.action == "contacts_imported"
    assert event.subject == group.public_id
    assert event.details == {"added": 2, "updated": 0}


def test_model_is_a_workbook_to_take_away(organiser, consultation_round):
    page = organiser.get("/organisation/invitations/modele")

    assert page.headers["Content-Disposition"] == "attachment; filename=contacts-a-remplir.xlsx"
    assert page.data.startswith(b"PK")


def test_files_are_taken_on_this_page_only(organiser, consultation_round):
    organiser.get(PAGE)

    page = organiser.post(
        "/organisation/invitations/messages/nouveau", {}, content_type="multipart/form-data"
    )

    assert page.status_code == 415


def test_upload_without_the_token_of_its_form_is_refused(organiser, session, group):
    organiser.get(PAGE)

    page = organiser.post(
        PAGE, {"csrf_token": "faux", "new_group": "Élus"}, content_type="multipart/form-data"
    )

    assert page.status_code == 403
    assert count(session, InviteeGroup) == 1


def test_too_big_file_is_told_at_its_field(organiser, session, group):
    page = organiser.open(
        PAGE,
        method="POST",
        data=b"x" * (4 * 1024 * 1024 + 1),
        content_type="multipart/form-data; boundary=x",
    )

    text = text_of(page)
    assert page.status_code == 413
    assert "<title>Erreur : " in text
    assert "Ce fichier dépasse 4 Mo" in text
    assert 'href="#file"' in text


def test_theme_may_leave_the_plan_though_a_contact_is_asked_about_it(organiser, session, group):
    theme = make_measure(session, "T9")
    organiser.send_list(["jeanne@exemple.fr;;;;;;T9"], group=group.public_id)

    remove_measure(session, session.merge(theme))
    session.commit()

    assert count(session, InviteeMeasure) == 0
    assert count(session, Invitee) == 1


def test_two_imports_at_once_store_each_box_and_each_group_once(
    app, session, consultation_round, tmp_path
):
    path = tmp_path / "liste.csv"
    path.write_text("\n".join(["Adresse", *(f"p{n}@exemple.fr" for n in range(50))]))
    drafts = importer.read(session, path).drafts
    session.rollback()
    barrier, outcomes = threading.Barrier(2), []

    def store_beside():
        with app.app_context():
            barrier.wait()
            try:
                with writing(db.session()):
                    importer.lock(db.session())
                    made = importer.new_group(db.session(), "Associations", now())
                    importer.store(Work(db.session(), ORGANISER, now()), drafts, made, "Essai")
                outcomes.append("stored")
            except importer.GroupRefused:
                outcomes.append("refused")
            finally:
                db.session.remove()

    threads = [threading.Thread(target=store_beside) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(outcomes) == ["refused", "stored"]
    assert count(session, Invitee) == 50


def test_who_is_erased_while_a_list_is_imported_stays_erased(
    app, session, group, organiser, monkeypatch
):
    invitee_id = make_invitee(session, group, "jeanne@exemple.fr", "Jeanne").id
    find = importer.known_invitees

    def erase():
        with app.app_context(), writing(db.session()):
            invitee = db.session.get_one(Invitee, invitee_id)
            erasure.erase(Work(db.session(), ORGANISER, now()), invitee, home=app.config["HOME"])

    with ThreadPoolExecutor(1) as pool:

        def find_during_erasure(*given, is_locked=True):
            known = find(*given, is_locked=is_locked)
            if is_locked and not erased:
                erased.append(pool.submit(erase))
                wait(erased, timeout=1)
            return known

        erased = []
        monkeypatch.setattr(importer, "known_invitees", find_during_erasure)
        organiser.send_list(["jeanne@exemple.fr;Jeanne Durand;Le Refuge"], group=group.public_id)
        erased[0].result()

    assert count(session, GroupMember) == 0
    kept = session.get_one(Invitee, invitee_id, populate_existing=True)
    assert (kept.name, kept.organisation, kept.address) == (None, None, None)


def test_list_with_an_endless_cell_is_refused_with_a_sentence(organiser):
    page = organiser.send_list("adresse;" + "x" * 131_073, new_group="Tout le monde")

    assert page.status_code == 422
    assert "ligne 1 : une cellule dépasse 131 072 caractères" in text_of(page)
    assert 'aria-label="Erreurs du fichier"' not in text_of(page)
