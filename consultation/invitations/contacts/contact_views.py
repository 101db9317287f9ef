"""Pages of contacts: the list of all, groups of several, one to be added or corrected."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, TypeVar

from flask import Blueprint, abort, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from consultation.clock import moment_of
from consultation.db.stale import StaleEdit
from consultation.extensions import db
from consultation.invitations import queries
from consultation.invitations.contacts import directory, importer, membership, workbook
from consultation.invitations.contacts.directory import Filters, MailboxTaken
from consultation.invitations.contacts.forms import (
    ContactForm,
    EraseForm,
    MembershipForm,
    NewContactForm,
    values_of,
)
from consultation.invitations.contacts.views import log_viewed, not_listed, page_number
from consultation.invitations.models import Invitee
from consultation.web.permissions import Permission, requires
from consultation.web.typography import counted
from consultation.work.actions import AtField, act, current_work
from consultation.work.services import Work

blueprint = Blueprint("contacts", __name__, url_prefix="/organisation/invitations/contacts")

TAKEN = AtField(
    "address",
    "Un autre contact a déjà cette adresse : cherchez-le dans la liste pour le corriger.",
    422,
)
SORT_LABELS = {"ajout": "le plus récent d'abord", "nom": "nom", "organisation": "organisation"}


@blueprint.get("")
@requires(Permission.INVITE)
def listing() -> str:
    """List the contacts that the address asks for, and log that the actor read them."""
    return _listing_page(_membership_form(None))


def _listing_page(form: MembershipForm) -> str:
    filters = _filters()
    lot = request.args.get("lot", "")
    ids = directory.find_page(current_work(), filters, page_number())
    log_viewed("liste", len(ids.rows))
    return render_template(
        "invitations/contacts/contacts.html",
        page=directory.load(current_work(), ids),
        filters=filters,
        kept=_kept(),
        groups=queries.groups(current_work()),
        sorts=SORT_LABELS,
        form=form,
        lot=lot,
        undoable=membership.undoable(current_work(), moment_of(lot)),
    )


@blueprint.post("/groupe")
@requires(Permission.INVITE)
def regroup() -> ResponseReturnValue:
    """Display what an act with a group changes; once confirmed, do it."""
    form = _membership_form(request.form)
    if not form.validate():
        return _listing_page(form), 422
    if not form.seen.data:
        return _regroup_page(form)

    def regroup(work: Work) -> str:
        chosen = (form.group.data or "", form.new_group.data or "")
        membership.apply(work, form.act, chosen, _chosen_ids(form), form.seen.data or "")
        return work.at.isoformat()

    return act(
        regroup,
        page=partial(_regroup_page, form),
        to=lambda lot: url_for(".listing", lot=lot, **_kept()),
    )


@blueprint.post("/groupe/annuler")
@requires(Permission.INVITE)
def undo_regroup() -> ResponseReturnValue:
    """Take back what was just done with many contacts and a group."""
    lot = moment_of(request.form.get("lot", ""))
    return act(
        lambda work: membership.undo(work, lot),
        done=_undone_sentence,
        to=url_for(".listing", **_kept()),
    )


def _undone_sentence(count: int) -> str:
    done = counted(count, "contact est", "contacts sont")
    return f"C'est annulé : {done} comme avant." if count else "Il n'y a plus rien à annuler."


def _regroup_page(form: MembershipForm, stale: StaleEdit | None = None) -> str:
    """Show what an act changes and for whom, and log that the actor read their names."""
    group = importer.find_group(db.session(), form.group.data, "") if form.group.data else None
    proposal = membership.propose(current_work(), form.act, group, _chosen_ids(form))
    first = directory.page_of(proposal.ids, 1)
    log_viewed("liste", len(first.rows))
    return render_template(
        "invitations/contacts/regroup.html",
        form=form,
        proposal=proposal,
        page=directory.load(current_work(), first),
        kept=_kept(),
        stale=stale,
    )


def _chosen_ids(form: MembershipForm) -> Sequence[int]:
    if form.is_for_all.data:
        return directory.select_all(current_work(), _filters()).ids
    return membership.of_names(current_work(), form.contacts.data)


def _membership_form(formdata: Mapping[str, str] | None) -> MembershipForm:
    return MembershipForm(formdata, groups=_group_choices())


def _kept() -> dict[str, Any]:
    """Return the filters as an address has them."""
    filters = _filters()
    named = {"q": filters.text, "groupe": filters.group, "tri": filters.sort}
    return {name: value for name, value in named.items() if value}


@blueprint.get("/effacer")
@requires(Permission.INVITE)
def erase_page() -> str:
    """Show which contacts of a search would be erased."""
    return _search_to_erase(_filters())


@blueprint.post("/effacer")
@requires(Permission.INVITE)
def erase() -> ResponseReturnValue:
    """Erase the contacts of a search, whose number was typed."""
    filters, home = _filters(), current_app.config["HOME"]
    selection = directory.select_all(current_work(), filters)
    if not selection.ids:  # erased meanwhile
        return redirect(url_for(".listing"), 303)
    form = EraseForm(request.form, expected=len(selection.ids))

    def page(stale: StaleEdit | None = None) -> str:
        return _search_to_erase(filters, stale) if stale else _erase_page(form, selection.ids)

    return act(
        lambda work: directory.erase_all(work, filters, form.seen.data or "", home=home),
        form=form,
        page=page,
        refusals={OSError: not_listed},
        done=lambda count: counted(count, "contact est effacé.", "contacts sont effacés."),
        to=url_for(".listing"),
    )


def _search_to_erase(filters: Filters, stale: StaleEdit | None = None) -> str:
    selection = directory.select_all(current_work(), filters)
    form = EraseForm(expected=len(selection.ids), data={"seen": selection.digest})
    return _erase_page(form, selection.ids, stale)


def _erase_page(form: EraseForm, ids: Sequence[int], stale: StaleEdit | None = None) -> str:
    """Show the first of the contacts, and log that the actor read them."""
    first = directory.page_of(ids, 1)
    log_viewed("liste", len(first.rows))
    return render_template(
        "invitations/contacts/erase_all.html",
        form=form,
        page=directory.load(current_work(), first),
        kept=_kept(),
        stale=stale,
    )


def _filters() -> Filters:
    return Filters(
        text=request.args.get("q", "").strip()[:100],
        group=request.args.get("groupe", ""),
        sort=request.args.get("tri", directory.SORTS[0]),
    )


@blueprint.get("/nouveau")
@requires(Permission.INVITE)
def new() -> str:
    """Show the form of a contact to be added."""
    data = {"locale": "fr", "groups": request.args.getlist("groupe")}
    return _page(_form(NewContactForm, None, data=data))


@blueprint.post("/nouveau")
@requires(Permission.INVITE)
def add() -> ResponseReturnValue:
    form = _form(NewContactForm, request.form)
    if not form.groups.choices:  # the page says what to do first
        return redirect(url_for(".new"), 303)
    return act(
        lambda work: directory.add(work, form.draft, form.groups.data, form.origin.data).public_id,
        form=form,
        page=lambda: _page(form),
        refusals={MailboxTaken: TAKEN},
        done="Le contact est ajouté.",
        to=lambda public_id: url_for(".contact", public_id=public_id),
    )


@blueprint.get("/<public_id>")
@requires(Permission.INVITE)
def contact(public_id: str) -> str:
    """Show a contact to be corrected, and log that the actor read it."""
    log_viewed(_find(public_id).public_id, 1)
    invitee = _find(public_id)
    return _page(_form(ContactForm, None, data=_values(invitee)), invitee)


@blueprint.post("/<public_id>")
@requires(Permission.INVITE)
def change(public_id: str) -> ResponseReturnValue:
    form = _form(ContactForm, request.form)

    def page(stale: StaleEdit | None = None) -> str:
        invitee = _find(public_id)
        if stale:
            form.show_both(_values(invitee))
        return _page(form, invitee, stale)

    return act(
        lambda work: directory.change(
            work, _find(public_id), form.draft, form.groups.data, form.seen.data or ""
        ),
        form=form,
        page=page,
        refusals={MailboxTaken: TAKEN},
        done=lambda is_changed: "Le contact est corrigé." if is_changed else "Rien n'a changé.",
        to=url_for(".contact", public_id=public_id),
    )


def _values(invitee: Invitee) -> dict[str, Any]:
    return values_of(invitee) | {"seen": directory.version(invitee)}


Form = TypeVar("Form", bound=ContactForm)


def _form(kind: type[Form], formdata: Mapping[str, str] | None, **options: Any) -> Form:
    return kind(
        formdata,
        vocabularies=workbook.load_vocabularies(db.session()),
        code_by_id=importer.load_measures(db.session()),
        groups=_group_choices(),
        **options,
    )


def _group_choices() -> Sequence[tuple[str, str]]:
    groups = queries.groups(current_work())
    return [(row.group.public_id, row.group.name) for row in groups]


def _page(form: ContactForm, invitee: Invitee | None = None, stale: StaleEdit | None = None) -> str:
    return render_template(
        "invitations/contacts/contact.html", form=form, invitee=invitee, stale=stale
    )


def _find(public_id: str) -> Invitee:
    invitee = queries.invitee(current_work(), public_id)
    if invitee is None or invitee.address_index is None:
        abort(404)
    return invitee
