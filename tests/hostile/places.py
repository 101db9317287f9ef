"""Every address that can be fetched, with an object that is there where it names one."""

import re

from consultation.accounts.models import Account, AccountInvitation, StaffSession
from consultation.accounts.sign_in.passwords import reset_token
from consultation.collective.texts import SLUGS
from consultation.crypto.keyring import keyring
from consultation.documents.formats import formats_here
from consultation.extensions import db
from consultation.inbox import confirmation
from consultation.inbox.models import IncomingAttachment
from consultation.institutions.replies import message as institution_mails
from consultation.mail import suppression
from consultation.mail.kinds import Reach
from consultation.mail.mailbox_identity import Box
from consultation.mail.models import Suppression
from consultation.mail.transport import mailbox_of
from consultation.moderation.models import ModeratedText, TextCluster
from consultation.plan.models import Measure, MeasureStatus
from consultation.questionnaires.models import Round
from consultation.questionnaires.outline import store
from consultation.readings.views import PAGE_PATH
from consultation.readings.views import SLUGS as SLUGS_OF_PAGES
from consultation.recordings.models import Recording
from consultation.recordings.views import SLUGS as SOUND_SLUGS
from consultation.recordings.views import TEXT_PATH
from consultation.responses.models import Respondent, Response
from consultation.responses.submission import receipt
from consultation.results.models import Snapshot
from consultation.results.public.tables import PublicFigures
from consultation.spreadsheets.models import SheetPurpose
from tests.hostile.furnished import ADDRESS, STAFF
from tests.inbox.builders import Browser

ARGUMENT = re.compile(r"<([^>]+)>")
ANY = {
    "any(xlsx, ods, csv):ending",
    "any(csv, xlsx):ending",
    "any(essayer, terminer, annoncer, ouvrir, fermer, rouvrir, supprimer):step",
}
ANY |= {
    "any(titre, introduction, suite, notice):slug",
    "any(site, referent, keys, team, factor):name",
}
ANY |= {f"any({', '.join(it)}):slug" for it in (SLUGS.values(), SLUGS_OF_PAGES.values())}
ANY |= {"any(reste, tous):which"}
FORMATS = ("xlsx", "ods", "csv")
QUICK_EXIT = "/quitter"
EXITS = {QUICK_EXIT, f"/recu/<token>{QUICK_EXIT}"}
"""The rules that close a space by being fetched: a link is all that a person in a hurry has."""
"""The one address that changes something when it is fetched: it closes the visitor's space."""


def places_of(app, made, method="GET"):
    """Return the addresses of each rule that answers `method`; a rule not known here has none."""
    known = _values(app, made)
    found = {}
    for rule in app.url_map.iter_rules():
        if method in rule.methods and rule.endpoint != "static":
            found[rule.rule] = [
                path + (f"?{more}" if more else "")
                for path in _paths(rule.rule, known)
                for more in ("", *QUERIES.get(rule.rule, ()))
            ]
    return found


QUERIES = {
    "/organisation/bilan/citations": ("mesure=T7",),
    "/organisation/bilan/chiffres": ("q=t7.1",),
    "/organisation/bilan/chiffres.json": ("code=T7.1&echeance=mi-parcours&selon=state",),
    "/decisions": ("par=mesure", "edition=1&mesure=T7&suite=taken"),
    "/document": ("depuis=0",),
    "/mesures": ("q=places", "axe=T"),
    "/plan": ("axe=T&q=places", "juge=state&niveau=unjudged", "progres=late&desaccord=1"),
    "/moderation": ("etat=published", "etat=redacted", "tri=recents"),
    "/organisation/contributions/": ("mesure=T7", "mesure=outil"),
    "/administration/courriels": ("etat=sent",),
    "/organisation/reponses/demander": ("mesure=T7",),
}
"""What else a page shows when it is asked for it."""


def _paths(rule, known):
    """The addresses of a rule: one for each value of its last argument that differs."""
    if rule in known:
        return known[rule]
    paths = [rule]
    for argument in ARGUMENT.findall(rule):
        values = known.get((rule, argument)) or known.get(argument)
        if argument in ANY:
            inside = argument[argument.index("(") + 1 : argument.index(")")]
            values = inside.split(", ")
        if not values:
            return []
        paths = [path.replace(f"<{argument}>", str(one)) for path in paths for one in values]
    return paths


def _values(app, made):
    session = db.session
    staff = "/organisation"
    working = store.working(session, session.query(Round).filter_by(code="tour-2").one())
    attachment = session.query(IncomingAttachment).first()
    values = {
        "format": FORMATS, "extension": FORMATS, "ending": FORMATS, "int:number": [1, 2],
        "any(pdf, docx, odt, html):extension": [*formats_here(app.config["HOME"])],
        "any(bilan, resume):part": ["bilan", "resume"],
        "tag": ["en"],
        "measure": ["T7"], "form": ["T7", "outil"],
        "section": [section.code for section in working.sections][:3],
        "question": ["suggestions", "avis_2", "stance", "capacity"],
        "attachment_id": [attachment.public_id], "slug": _slugs(), "name": ["no_unit"],
        "indicator_code": ["T7.1", "T8.1"],
    }  # fmt: skip
    of_measures = ("/mesures", "/contributions/mesures", f"{staff}/avancement")
    by_rule = {
        "/administration/comptes/<public_id>": _ids(Account),
        "/administration/comptes/invitations/<public_id>": _ids(AccountInvitation),
        "/administration/courriels/arrets/<public_id>": _ids(Suppression),
        f"{staff}/compte/connexions/<public_id>": _ids(StaffSession),
        "/moderation/alertes/<public_id>": [made.alert],
        f"{staff}/contributions/saisir/<code>": ["T7"],
        f"{staff}/contributions/saisir/recu/<public_id>": _ids(Response)[:1],
        "/moderation/mots-de-danger/<public_id>": [made.word],
        **{
            f"/moderation/{place}/<public_id>": _ids(TextCluster)
            for place in ("textes-semblables", "campagnes")
        },
        "/moderation/textes/<public_id>": [made.text, *_ids(ModeratedText)[:3]],
        "/contributions/retirer/<public_id>": _own_responses(),
        f"{staff}/contributions/<public_id>": _own_responses() + _ids(Response)[:2],
        f"{staff}/courrier/<public_id>": [made.message],
        f"{staff}/demandes/<public_id>": [made.data_request],
        f"{staff}/demandes/<public_id>/lettre.pdf": [made.data_request],
        f"{staff}/demandes/<public_id>/lettre.txt": [made.data_request],
        f"{staff}/demandes/<public_id>/modifier": [made.data_request],
        f"{staff}/document/<public_id>": [made.document],
        f"{staff}/exports/reglages/<public_id>": [made.kept],
        f"{staff}/exports/<public_id>": [made.job, made.contacts],
        f"{staff}/invitations/contacts/<public_id>": [made.invitee],
        f"{staff}/invitations/importer/<public_id>": [made.sheets[SheetPurpose.CONTACTS]],
        f"{staff}/invitations/groupes/<public_id>": [made.group],
        f"{staff}/invitations/messages/<public_id>": [made.mailing, made.announcement],
        f"{staff}/invitations/messages/<public_id>/apercu": [made.mailing],
        f"{staff}/invitations/messages/<public_id>/modifier": [made.mailing],
        f"{staff}/invitations/messages/<public_id>/suivi": [made.mailing],
        f"{staff}/invitations/suites-donnees/<public_id>": [made.announcement],
        f"{staff}/avancement/importer-des-evaluations/<public_id>": [
            made.sheets[SheetPurpose.STATUSES]
        ],
        f"{staff}/avancement/<code>/<public_id>": _statuses_of("T7"),
        f"{staff}/valeurs-par-fichier/importer/<public_id>": [made.sheets[SheetPurpose.VALUES]],
        f"{staff}/plan/import/<public_id>": [made.sheets[SheetPurpose.PLAN]],
        f"{staff}/site/langues/<tag>/importer/<public_id>": [
            made.sheets[SheetPurpose.TRANSLATIONS]
        ],
        f"{staff}/tours/<code>/questionnaire/classeur/<public_id>": [
            made.sheets[SheetPurpose.QUESTIONNAIRE]
        ],
        "/resultats/image/<public_id>": _ids(Snapshot),
        "/document/axes/<code>": ["T"],
        f"{staff}/plan/axes/<code>": ["T"],
        f"{staff}/plan/indicateurs/<code>": ["T7.1"],
        f"{staff}/indicateurs/<code>": ["T7.1", "T8.1"],
        f"{staff}/preciser/indicateurs/<code>": ["T7.1", "T7.2"],
        f"{staff}/preciser/mesures/<code>": ["T7"],
        f"{staff}/valeurs-proposees/<public_id>": [made.proposal],
        f"{staff}/valeurs-proposees/<public_id>/<code>": ["T7.1"],
        "/plan/<code>": ["T7"],
        f"{staff}/valeurs/<code>": ["T7.1", "T7.2"],
        f"{staff}/reponses/<public_id>": made.replies,
        f"{staff}/reponses/mesures/<code>": ["T7", "T8"],
        "/reponse/<token>": [institution_mails.token_of(it) for it in made.replies],
        f"{staff}/tours/<code>": ["tour-1", "tour-2"],
        f"{staff}/tours/<code>/questionnaire": ["tour-2"],
        f"{staff}/resultats/<code>": ["T7"],
        "/resultats/<code>": ["T7"],
        "/m/<code>": ["T7"],
        "/bilan/<int:number>/axes/<code>": ["T"],
        "/bilan/<int:number>/mesures/<code>": ["T7"],
        "/bilan/<int:number>/chiffres/<id>": ["valeur:T7.1@mi-parcours", "mot:T7.1"],
        **{f"{place}/<code>": ["T7", "T8"] for place in (*of_measures, f"{staff}/plan/mesures")},
        "/administration/courriels/boite/<key>": mailbox_of(app.config).names(),
        "/connexion/bienvenue/<token>": [made.invitation],
        "/connexion/oubli/<token>": [_reset_token()],
        "/contributions/efface/<token>": [keyring.sign("erased", [True, True, True, True])],
        "/contributions/enregistre/<token>": [made.saved],
        "/contributions/ouvrir/<token>": [made.space.rpartition("/")[2]],
        "/courriel/arret/<token>": [
            suppression.stop_token(reach, Box.of(ADDRESS)) for reach in Reach
        ],
        "/courriel/confirmer/<token>": [confirmation.token_for(made.message)],
        "/recu/<token>": [receipt.token_for(response.receipt_code) for response in _latest()],
    }
    for beginning, ids in by_rule.items():
        argument = ARGUMENT.findall(beginning)[-1]
        for rule in app.url_map.iter_rules():
            if rule.rule.startswith(beginning):
                values[rule.rule, argument] = ids
    values["/organisation/site/langues/<tag>/relectures" + PAGE_PATH + "/<code>", "code"] = ["T7"]
    values |= _sounds(session.query(Recording).all())
    session.rollback()
    return values


def _sounds(recordings):
    """The address of a recording, and whole addresses of the pages of texts, one of each kind."""
    round_path = "/organisation/tours/{}/enregistrements"
    of_kinds = {it.kind: it.code for it in recordings}
    pages = [f"/fr/{SOUND_SLUGS[kind]}/{code}" for kind, code in of_kinds.items()]
    return {
        ("/enregistrements/<name>", "name"): [it.file_name for it in recordings[:1]],
        round_path.format("<code>") + TEXT_PATH: [round_path.format("tour-1") + it for it in pages],
    }


def _ids(model):
    return [row.public_id for row in db.session.query(model).order_by(model.__table__.c[0])]


def _latest():
    found = db.session.query(Response).filter(Response.superseded_at.is_(None))
    return [found.order_by(Response.submitted_at.desc()).first()]


def _own_responses():
    """Both revisions of the respondent whose space is open."""
    found = db.session.query(Response).join(Respondent).filter(Response.revision > 1).all()
    ids = {response.respondent_id for response in found}
    own = db.session.query(Response).filter(Response.respondent_id.in_(ids))
    return [response.public_id for response in own.order_by(Response.id.desc())]


def _statuses_of(code):
    rows = db.session.query(MeasureStatus).join(Measure).filter(Measure.code == code)
    return [row.public_id for row in rows][:1]


def _reset_token():
    account = db.session.query(Account).filter_by(email=STAFF).one()
    return reset_token(account)


def _slugs():
    snapshots = db.session.query(Snapshot)
    snapshot = next(one for one in snapshots if one.measure and one.measure.code == "T7")
    return [table.slug for table in PublicFigures(snapshot.public).tables()][:3]


def sign_in(app):
    """The browser of somebody of the team who has every role."""
    browser = Browser(app)
    browser.sign_in(STAFF)
    return browser
