"""The list of those who agreed to be contacted: who is in it, who is not, and how long it stays."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from consultation.accounts.models import AuditEvent, Role
from consultation.clock import now
from consultation.db.base import writing
from consultation.exports import contacts, files
from consultation.exports.files import manifest_of
from consultation.exports.orders import jobs
from consultation.exports.orders.order import Order
from consultation.exports.request import ExportRequest
from consultation.jobs import queue
from consultation.jobs.models import JobStatus
from consultation.mail import suppression
from consultation.mail.models import Suppression, SuppressionReason
from consultation.moderation.models import AsideReason, ResponseSetAside
from consultation.responses.rights import erasure
from consultation.spreadsheets.writer import Format
from consultation.web.permissions import NotAllowed, Permission
from consultation.work.services import Work
from tests.accounts.builders import make_account
from tests.exports.builders import respond
from tests.exports.reading import MADE, csv_of, readme_of, records_of
from tests.exports.staff import Staff
from tests.factories import make_measure, make_round
from tests.mail.lookalikes import TWINS

LOU = ("Lou Ferré", "lou@exemple.fr")


@pytest.fixture
def opened(session):
    make_measure(session, "T7")
    make_measure(session, "T8")
    opened = make_round(session)
    session.commit()
    return opened


def agree(session, opened, measure="T7", contact=LOU, **given):
    return respond(session, opened, measure, {}, contact=contact, consent_contact=True, **given)


def make(session, opened, directory, format=Format.XLSX):
    session.commit()
    manifest = contacts.write(session, ExportRequest(opened.id, format, directory, MADE))
    return manifest, directory / manifest["file"]


def test_who_agreed_is_listed_with_how_to_write_to_them(session, opened, tmp_path):
    agree(session, opened, organisation="Maison des Lilas", territory=None, capacity="justice")

    manifest, path = make(session, opened, tmp_path)

    [record] = records_of(path, "Contacts")
    assert record["Nom"] == "Lou Ferré"
    assert record["Adresse"] == "lou@exemple.fr"
    assert record["Organisation"] == "Maison des Lilas"
    assert record["Qualité"] != "justice"
    assert record["Mesures"] == "T7"
    assert manifest["counts"] == {
        "agreed": 1, "without_address": 0, "stopped": 0, "together": 0, "listed": 1,
    }  # fmt: skip


def test_who_did_not_agree_is_nowhere(session, opened, tmp_path):
    respond(session, opened, "T7", {}, contact=LOU, consent_anonymous=True)

    manifest, path = make(session, opened, tmp_path)

    assert records_of(path, "Contacts") == []
    assert manifest["counts"]["agreed"] == 0


def test_who_gave_no_address_is_counted(session, opened, tmp_path):
    agree(session, opened, contact=None)
    agree(session, opened, contact=("Sans adresse", None))

    manifest, path = make(session, opened, tmp_path)

    assert records_of(path, "Contacts") == []
    assert manifest["counts"]["without_address"] == 2
    assert readme_of(path)["dont sans adresse"] == 2


def test_whose_data_were_erased_is_nowhere(app, session, opened, tmp_path):
    who = agree(session, opened).respondent_id
    session.commit()
    with writing(session):
        erasure.erase(session, who, erasure.Wish(), now(), home=app.config["HOME"])

    manifest, path = make(session, opened, tmp_path)

    assert records_of(path, "Contacts") == []
    assert manifest["counts"]["agreed"] == 0


def test_list_being_written_holds_nobody_erased_meanwhile(app, session, opened):
    who = agree(session, opened).respondent_id
    session.commit()
    folder, steps = app.config["EXPORTS_DIR"], []

    def erase_in_the_middle(step):
        steps.append(step)
        if "Feuille Contacts" in steps[-1:] and steps.count(step) == 1:
            with writing(session):
                erasure.erase(session, who, erasure.Wish(), now(), home=app.config["HOME"])

    request = ExportRequest(opened.id, Format.XLSX, folder, MADE)
    manifest = contacts.write(session, request, erase_in_the_middle)

    assert steps.count("Lecture des coordonnées") == 2
    assert len(list(folder.iterdir())) == 2
    assert records_of(folder / manifest["file"], "Contacts") == []


def test_two_lists_written_at_once_do_not_replace_each_other(session, opened, tmp_path):
    agree(session, opened)
    session.commit()
    folder, other_file = tmp_path / "exports", []

    def make_another(step):
        if step.startswith("Feuille") and not other_file:
            other_file.append(step)
            other_file[0] = make(session, opened, folder)[0]["file"]

    request = ExportRequest(opened.id, Format.XLSX, folder, MADE)
    manifest = contacts.write(session, request, make_another)

    assert [manifest["file"]] != other_file
    assert len(list(folder.iterdir())) == 4


def test_who_is_marked_as_erased_is_nowhere_whatever_is_left_of_them(session, opened, tmp_path):
    agree(session, opened).respondent.erased_at = MADE

    manifest, path = make(session, opened, tmp_path)

    assert records_of(path, "Contacts") == []
    assert manifest["counts"]["agreed"] == 0


def test_response_withdrawn_or_set_aside_lists_nobody(session, opened, tmp_path):
    moderator = make_account(session, "moderation@exemple.fr", Role.MODERATOR)
    agree(session, opened, withdrawn_at=MADE)
    aside = agree(session, opened, contact=("Essai", "essai@exemple.fr"))
    session.add(
        ResponseSetAside(
            response_id=aside.id, reason=AsideReason.TEST, account_id=moderator,
            set_aside_at=MADE,
        )
    )  # fmt: skip

    _, path = make(session, opened, tmp_path)

    assert records_of(path, "Contacts") == []


def test_suppressed_address_is_left_out_and_counted(session, opened, tmp_path):
    agree(session, opened)
    agree(session, opened, contact=("Max", "max@exemple.fr"))
    suppression.suppress_address(session, "LOU@exemple.fr", SuppressionReason.NOT_ME, MADE)

    manifest, path = make(session, opened, tmp_path)

    assert [record["Adresse"] for record in records_of(path, "Contacts")] == ["max@exemple.fr"]
    assert manifest["counts"]["stopped"] == 1
    assert readme_of(path)["dont à une adresse à qui l'on n'écrit plus"] == 1


@pytest.mark.parametrize(("first", "other"), TWINS.values(), ids=list(TWINS))
def test_who_looks_like_somebody_else_is_a_row_of_their_own(
    session, opened, tmp_path, first, other
):
    for address in (first, other):
        agree(session, opened, contact=(address, address))
    _, both = make(session, opened, tmp_path / "both")
    suppression.suppress_address(session, first, SuppressionReason.NOT_ME, MADE)

    _, free = make(session, opened, tmp_path / "free")

    assert {record["Adresse"] for record in records_of(both, "Contacts")} == {first, other}
    assert [record["Adresse"] for record in records_of(free, "Contacts")] == [other]


def test_who_wanted_no_mail_before_boxes_were_told_apart_is_left_out_with_all_alike(
    session, opened, tmp_path
):
    for address in TWINS["ligature"]:
        agree(session, opened, contact=(address, address))
    suppression.suppress_address(session, TWINS["ligature"][0], SuppressionReason.NOT_ME, MADE)
    session.scalars(sa.select(Suppression)).one().mailbox_index = None

    manifest, _ = make(session, opened, tmp_path)

    assert (manifest["counts"]["listed"], manifest["counts"]["stopped"]) == (0, 2)


def test_address_that_may_be_written_to_again_is_listed(session, opened, tmp_path):
    agree(session, opened)
    suppression.suppress_address(session, LOU[1], SuppressionReason.NOT_ME, MADE)
    session.scalars(sa.select(Suppression)).one().lifted_at = MADE

    manifest, _ = make(session, opened, tmp_path)

    assert manifest["counts"]["listed"] == 1


def test_one_address_is_one_row_with_all_that_it_answered(session, opened, tmp_path):
    agree(session, opened, "T7", contact=("Ancien nom", "lou@exemple.fr"))
    agree(session, opened, "T8", contact=("Lou Ferré", "Lou@Exemple.fr"))
    agree(session, opened, None)

    manifest, path = make(session, opened, tmp_path)

    [record] = records_of(path, "Contacts")
    assert record["Nom"] == "Lou Ferré"
    assert set(record["Mesures"].split(", ")) == {"T7", "T8", "(outil)"}
    assert (manifest["counts"]["agreed"], manifest["counts"]["together"]) == (3, 2)


def test_list_of_another_round_is_another_list(session, opened, tmp_path):
    agree(session, opened)
    later = make_round(session, code="tour-2")

    manifest, _ = make(session, later, tmp_path)

    assert manifest["counts"]["agreed"] == 0


def test_list_in_csv_is_an_archive_and_no_name_is_a_formula(session, opened, tmp_path):
    agree(session, opened, contact=("=1+1", "lou@exemple.fr"))

    _, path = make(session, opened, tmp_path, Format.CSV)

    assert path.suffix == ".zip"
    assert csv_of(path)["Contacts"][1][:2] == ["'=1+1", "lou@exemple.fr"]


def test_neither_name_nor_address_is_in_the_manifest(session, opened, tmp_path):
    agree(session, opened)

    _, path = make(session, opened, tmp_path)

    manifest = manifest_of(path).read_text("utf-8")
    assert "Lou" not in manifest
    assert "lou@" not in manifest


def test_list_goes_after_a_day_and_workbooks_stay(session, opened, tmp_path):
    agree(session, opened)
    _, path = make(session, opened, tmp_path)

    early = files.outlived(tmp_path, 7, MADE + timedelta(days=1))
    late = files.outlived(tmp_path, 7, MADE + timedelta(days=1, seconds=1))
    files.remove(late)

    assert early == []
    assert late == [path]
    assert not path.exists()
    assert not manifest_of(path).exists()


def test_erasure_removes_the_lists_made_before_it(session, opened, tmp_path):
    agree(session, opened)
    _, path = make(session, opened, tmp_path)

    count = files.remove_made_before(tmp_path, MADE + timedelta(seconds=1))

    assert count == 1
    assert not path.exists()


def test_list_asks_for_its_own_permission(session, opened):
    organiser = Staff(make_account(session, "equipe@exemple.fr", Role.ORGANISER))
    other = Staff(organiser.id, granted={Permission.EXPORT_UNREAD})
    session.commit()
    wanted = Order("tour-1", Format.XLSX)
    with writing(session):
        job, _ = jobs.order(Work(session, organiser, now()), wanted, kind=jobs.CONTACTS)
        public_id = job.public_id

    for ask in (
        lambda: jobs.order(Work(session, other, now()), wanted, kind=jobs.CONTACTS),
        lambda: jobs.latest(Work(session, other), jobs.CONTACTS),
        lambda: jobs.find(Work(session, other), public_id),
        lambda: jobs.cancel(Work(session, other, now()), public_id),
        lambda: jobs.again(Work(session, other, now()), public_id),
    ):
        with pytest.raises(NotAllowed):
            ask()


def test_worker_makes_a_list_and_the_list_of_workbooks_does_not_show_it(app, session, opened):
    organiser = Staff(make_account(session, "equipe@exemple.fr", Role.ORGANISER))
    agree(session, opened)
    session.commit()
    with writing(session):
        jobs.order(
            Work(session, organiser, now()), Order("tour-1", Format.XLSX), kind=jobs.CONTACTS
        )

    queue.run_due(session)

    [made] = jobs.latest(Work(session, organiser), jobs.CONTACTS)
    assert made.job.status is JobStatus.DONE
    assert made.path(app.config["EXPORTS_DIR"]).name.startswith("contacts-tour-1-")
    assert jobs.latest(Work(session, organiser)) == []
    assert session.scalars(sa.select(AuditEvent)).all() == []
