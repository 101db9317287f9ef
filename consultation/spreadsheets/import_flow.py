"""Import flow of staff pages: upload a file, preview what it changes, confirm it or give it up.

An importer subclasses `ImportFlow`, or `UploadPage` where no file may be kept between two pages.
The pages extend `templates/spreadsheets/import/upload.html`; a preview is the importer's own.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, Generic, TypeVar

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import RequestEntityTooLarge
from wtforms import FileField

from consultation.clock import now
from consultation.db.base import writing
from consultation.db.stale import StaleEdit
from consultation.extensions import db
from consultation.spreadsheets import uploads
from consultation.spreadsheets.annotate import annotate
from consultation.spreadsheets.models import SentSheet, SheetPurpose
from consultation.spreadsheets.reader.problems import Problem, SheetRefused
from consultation.spreadsheets.reader.workbook import UnreadableWorkbook, read_workbook
from consultation.spreadsheets.writer import Format
from consultation.web import errors
from consultation.web import uploads as web_uploads
from consultation.web.forms import StaffForm
from consultation.web.permissions import Actor, Permission, current_actor, require, requires
from consultation.web.request_body import takes_files
from consultation.work.actions import act

MOST_PROBLEMS = 500
"""How many errors of a file one page lists; the others are counted."""
FILE_AGAIN = "Choisissez aussi le fichier de nouveau."

Content = TypeVar("Content")


class UploadForm(StaffForm):
    """A form with a file, which browsers never fill in again."""

    file = FileField("Fichier", render_kw={"class": "text"})


class UploadPage(ABC):
    """A page that takes a file in, or lists all that is wrong with it."""

    permission: ClassVar[Permission]
    template: ClassVar[str]
    fallback_name: ClassVar[str]
    """What an upload is called whose own name holds no usable character."""
    missing: ClassVar[str]
    """French: no file was chosen."""
    description: ClassVar[str]
    """French: what the file holds; the size that it may have is added."""

    @abstractmethod
    def receive(self, form: Any, file: web_uploads.UploadedFile) -> ResponseReturnValue:
        """Take in a file of a valid form; raise `SheetRefused`."""

    def form(self, formdata: Mapping[str, str] | None) -> UploadForm:
        """Return the form, blank without `formdata`."""
        return UploadForm(formdata)

    def context(self) -> Mapping[str, object]:
        """Return the arguments of the template, beside the form and the errors."""
        return {}

    def check_place(self) -> None:  # noqa: B027  # most addresses name nothing else
        """Abort with 404 where the address names something that does not exist."""

    def register(self, blueprint: Blueprint, address: str) -> None:
        """Add the page, and the handler of an upload that is too big, to `blueprint`."""
        self.add(blueprint, "GET", address, "import_page", self.ask)
        self.add(blueprint, "POST", address, "upload", self.upload)
        blueprint.register_error_handler(RequestEntityTooLarge, self.too_big)

    def add(
        self,
        blueprint: Blueprint,
        method: str,
        address: str,
        endpoint: str,
        view: Callable[..., ResponseReturnValue],
    ) -> None:
        """Add one route under the page's permission."""

        def respond(**values: str) -> ResponseReturnValue:
            self.check_place()
            return view(**{name: it for name, it in values.items() if name == "public_id"})

        protected = requires(self.permission)(respond)
        if endpoint == "upload":
            protected = takes_files(protected)
        blueprint.add_url_rule(address, endpoint, protected, methods=[method])

    def ask(self) -> ResponseReturnValue:
        return self.page(self.form(None))

    def upload(self) -> ResponseReturnValue:
        form, file = self.form(request.form), web_uploads.uploaded_file(self.fallback_name)
        is_valid = form.validate()
        if file is None or not is_valid:
            form.add_error("file", self.missing if file is None else FILE_AGAIN)
            return self.page(form), 422
        try:
            return self.receive(form, file)
        except SheetRefused as refused:
            if not refused.is_unreadable:
                return self.page(form, refused.problems), 422
            form.add_error("file", refused.problems[0].what)
            return self.page(form), 422

    def too_big(self, _error: RequestEntityTooLarge) -> ResponseReturnValue:
        """Report at its field that a file is too big; nothing of such a post was read.

        The refusal comes before the view and its permission: both are checked here.
        """
        actor = current_actor()
        is_upload = request.endpoint == f"{request.blueprint}.upload"
        if not is_upload or actor is None or not actor.may(self.permission):
            return errors.page(413)
        self.check_place()
        form = self.form(None)
        form.add_error("file", web_uploads.too_big())
        return self.page(form), 413

    def page(self, form: UploadForm, problems: Sequence[Problem] = (), public_id: str = "") -> str:
        """Render the page; `public_id` is that of a kept file, whose errors can be marked in it."""
        form.file.description = f"{self.description} {web_uploads.megabytes()} Mo au plus."
        return render_template(
            self.template,
            form=form,
            problems=problems[:MOST_PROBLEMS],
            problem_count=len(problems),
            public_id=public_id,
            place=self.place(),
            **self.context(),
        )

    def place(self) -> dict[str, Any]:
        """Return the arguments of the address, beside a kept file."""
        values = request.view_args or {}
        return {name: value for name, value in values.items() if name != "public_id"}

    def actor(self) -> Actor:
        return require(self.permission)


class ImportFlow(UploadPage, Generic[Content]):
    """The whole flow: the file is kept, for its sender alone, until it is confirmed or given up.

    Nothing is stored before the confirmation, which applies what was previewed or nothing: it
    carries a digest of the preview, and a stale one displays the preview anew.  A file that can't
    be opened at all is not kept; one with errors is, to be given back with its cells marked.
    """

    purpose: ClassVar[SheetPurpose]
    given_up: ClassVar[str]
    """French: the file is erased and nothing has changed."""
    seen_field: ClassVar[str] = "shown"
    """The field of the preview that carries its digest."""

    @abstractmethod
    def read(self, path: Path, choices: Mapping[str, Any]) -> Content:
        """Return the content of a file; raise `SheetRefused`.  Slow: called outside `writing`."""

    def form_again(self, _choices: Mapping[str, Any]) -> UploadForm:
        """Return the form for another file in the place of one with these choices."""
        return self.form(None)

    def choices(self, form: Any) -> Mapping[str, Any]:
        """Return the choices of a valid form that are kept beside its file."""
        return {}

    @abstractmethod
    def preview_page(self, sheet: SentSheet, content: Content, stale: StaleEdit | None) -> str:
        """Render what the file would change; `stale` where a confirmation came too late."""

    @abstractmethod
    def apply(self, content: Content, seen: str) -> str:
        """Store what the file changes, in the flow's transaction, and return a French sentence.

        Raise `StaleEdit` where that is not what the preview with the digest `seen` displayed, and
        `SheetRefused` where the file no longer fits what is stored.
        """

    @abstractmethod
    def done_address(self) -> str:
        """Return where the flow leads."""

    def confirmed_address(self, _content: Content) -> str:
        return self.done_address()

    def given_up_address(self) -> str:
        return self.done_address()

    def register(
        self,
        blueprint: Blueprint,
        address: str,
        confirm: str = "",
        give_up: str = "/abandonner",
        annotated: str = "/annote",
    ) -> None:
        """Add the pages of the flow; the last three follow the address of a kept file."""
        super().register(blueprint, address)
        kept = f"{address}/<public_id>"
        self.add(blueprint, "GET", kept, "preview", self.preview)
        self.add(blueprint, "POST", kept + confirm, "confirm", self.confirm)
        self.add(blueprint, "POST", kept + give_up, "give_up", self.give_up)
        self.add(blueprint, "GET", kept + annotated, "annotated", self.annotated)

    def receive(self, form: Any, file: web_uploads.UploadedFile) -> ResponseReturnValue:
        problems: Sequence[Problem] = ()
        choices = self.choices(form)
        try:
            with uploads.on_disk(file.name, file.content) as path:
                self.read(path, choices)
        except SheetRefused as refused:
            if refused.is_unreadable:
                raise
            problems = refused.problems
        with writing(db.session()):
            public_id = uploads.keep(
                db.session(), self.actor().id, self.purpose, file.name, file.content, now(), choices
            ).public_id
        if problems:
            return self.page(form, problems, public_id), 422
        return redirect(url_for(".preview", public_id=public_id, **self.place()), 303)

    def preview(self, public_id: str) -> ResponseReturnValue:
        return self._preview(public_id)

    def confirm(self, public_id: str) -> ResponseReturnValue:
        """Apply a kept file once, however often it is confirmed; preview it anew if stale."""
        sheet = self._sheet(public_id)
        try:
            content = self._read(sheet)
            with writing(db.session()):
                sheet = self._sheet(public_id)
                sentence = self.apply(content, request.form.get(self.seen_field, ""))
                uploads.forget(db.session(), sheet)
        except SheetRefused as refused:
            form = self.form_again(sheet.choices)
            return self.page(form, refused.problems, public_id), 409
        except StaleEdit as stale:
            return self._preview(public_id, stale)
        flash(sentence)
        return redirect(self.confirmed_address(content), 303)

    def give_up(self, public_id: str) -> ResponseReturnValue:
        return act(
            lambda work: uploads.forget(work.session, self._sheet(public_id)),
            done=self.given_up,
            to=self.given_up_address(),
        )

    def annotated(self, public_id: str) -> ResponseReturnValue:
        """Give a kept file back with its errors marked in the cells."""
        sheet = self._sheet(public_id)
        with uploads.on_disk(sheet.filename, sheet.content) as path:
            try:
                self.read(path, sheet.choices)
            except SheetRefused as refused:
                return _annotated(path, refused.problems)
        return redirect(url_for(".preview", public_id=public_id, **self.place()), 303)

    def _preview(self, public_id: str, stale: StaleEdit | None = None) -> ResponseReturnValue:
        sheet = self._sheet(public_id)
        try:
            content = self._read(sheet)
        except SheetRefused as refused:
            page = self.page(self.form_again(sheet.choices), refused.problems, public_id)
            return page, 409 if stale else 422
        return self.preview_page(sheet, content, stale), 409 if stale else 200

    def _sheet(self, public_id: str) -> SentSheet:
        """Return a kept file, detached: a preview that is rolled back must not expire it."""
        sheet = uploads.find(db.session(), self.actor().id, self.purpose, public_id, now())
        if sheet is None:
            web_uploads.abort_expired()
        db.session().expunge(sheet)
        return sheet

    def _read(self, sheet: SentSheet) -> Content:
        with uploads.on_disk(sheet.filename, sheet.content) as path:
            return self.read(path, sheet.choices)


def _annotated(path: Path, problems: Sequence[Problem]) -> ResponseReturnValue:
    try:
        workbook = read_workbook(path)
    except UnreadableWorkbook:
        abort(404)
    marked = path.with_name(f"{path.stem}-a-corriger.xlsx")
    annotate(workbook, problems, marked)
    return web_uploads.send_copy(marked, Format.XLSX.media_type)
