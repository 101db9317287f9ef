"""Home page of the staff: what their roles open, and what is to be done."""

from flask import current_app, render_template
from flask.typing import ResponseReturnValue

from consultation.accounts.views import blueprint
from consultation.dashboard import home, menu, tasks
from consultation.operations import readiness
from consultation.operations.retention import gaps
from consultation.operations.retention import notices as retention_notices
from consultation.questionnaires.rounds import checklist, lifecycle
from consultation.questionnaires.rounds.choice import working_round
from consultation.web.navigation import may_open
from consultation.web.permissions import Permission, requires
from consultation.work.actions import current_work


@blueprint.get("/organisation/")
@requires(Permission.WORKSPACE)
def workspace() -> ResponseReturnValue:
    """Show the home of the staff: what the roles open, and what is about to be erased."""
    work, worked_on, config = current_work(), working_round(), current_app.config
    organises = work.actor.may(Permission.RUN_ROUNDS)
    set_up, days = home.round_to_set_up(work), home.days(work, worked_on)
    site = readiness.site_of(work.session, config)
    every = tasks.of_today()
    place = home.place(work, worked_on, every)
    return render_template(
        "dashboard/home.html",
        actor=work.actor,
        notices=[
            *gaps.notices(work.session, work.at),
            *retention_notices.notices(work.session, config, work.at),
        ]
        if organises
        else [],
        set_up=set_up,
        set_up_state=lifecycle.state_of(set_up, work.at) if set_up else None,
        checklist=checklist.checklist(work.session, set_up, site) if set_up else [],
        place=place,
        tasks=[it for it in every if not (place and it is place.task)],
        acts=menu.ACTS,
        may_begin_evaluation=work.actor.may(Permission.RECORD_VALUES)
        and not may_open("values.board"),
        worked_on=worked_on,
        calendar=home.calendar(work.session, worked_on, work.at) if worked_on else [],
        days=days,
        total=sum(day.count for day in days),
    )
