"""«Báo tôi khi có phòng»: the page of a search to wait on, and of what one waits on."""

from __future__ import annotations

from datetime import date
from typing import Any

from email_validator import EmailNotValidError, validate_email
from flask import Blueprint, Response, abort, current_app, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import DateField, HiddenField, StringField
from wtforms.validators import Length, Optional

from app import dates
from app.db import db
from app.registry.invitations import TooManyAttempts, note_attempt
from app.search import asked as reading
from app.search.asked import Asked
from app.search.chips import chips, nights_text
from app.search.links import Parameters, canonical, search_url
from app.search.watches import operations, push
from app.search.watches.models import EMAIL, PUSH, Watch
from app.web import locale, mail
from app.web.forms import Form
from app.web.locale import carry
from app.web.pages import page
from app.web.security import public

# Registered without the form token, which would need a cookie: nothing here is done in anybody's
# name, and a mail program stops a watch by itself (RFC 8058) with a link that is its own proof.
blueprint = Blueprint("watch", __name__)

MOST_FROM_ONE_ADDRESS = 20


class WatchForm(Form):
    """Where to tell, and until when; ``website`` is filled in by programs alone."""

    email = StringField(_l("E-mail của bạn"), validators=[Optional(), Length(max=200)])
    subscription = HiddenField(validators=[Optional(), Length(max=4000)])
    until = DateField(_l("Báo đến hết ngày"), validators=[Optional()])
    website = StringField(_l("Bỏ trống ô này"), validators=[Optional(), Length(max=200)])

    class Meta(Form.Meta):
        csrf = False


@blueprint.get("/search/watch")
@public
def ask() -> ResponseReturnValue:
    """The form for the search in the address."""
    asked = _asked(request.args.to_dict())
    form = WatchForm(formdata=None)
    form.until.data = _first_night(asked)
    return _page(asked, form)


@blueprint.post("/search/watch")
@public
def begin() -> ResponseReturnValue:
    """Begin to wait: a browser at once, an address once its owner has followed the link."""
    asked = _asked(request.form.to_dict())
    form = WatchForm()
    contact = _contact(form) if form.validate() else None
    until = _until(form, asked)
    if contact is None or until is None:
        return _page(asked, form, 422)
    if form.website.data:
        # A program: it is answered like anybody, and nothing is stored.
        return _to(url_for(".sent"))
    try:
        note_attempt(f"watch:{request.remote_addr}", most=MOST_FROM_ONE_ADDRESS)
        watch = operations.begin(*contact, canonical(asked), until, locale.selected())
    except (TooManyAttempts, operations.TooMany):
        db.session.rollback()
        form.refuse("email", _("Đã có quá nhiều lượt chờ. Xin thôi bớt, hoặc thử lại sau."))
        return _page(asked, form, 429)
    token = operations.token_of(watch)
    db.session.commit()
    return _to(url_for(".sent") if watch.channel == EMAIL else url_for(".show", token=token))


def _asked(parameters: dict[str, str]) -> Asked:
    """Return the search, read as its page reads it; one without dates is none to wait on."""
    asked = reading.read({k: v for k, v in parameters.items() if k in reading.READERS})
    if asked.wish is None or asked.wish.stay is None:
        abort(404)
    return asked


def _first_night(asked: Asked) -> date:
    assert asked.wish is not None
    assert asked.wish.stay is not None
    return asked.wish.stay.start


def _until(form: WatchForm, asked: Asked) -> date | None:
    """Return until when: the day of arrival at most."""
    last = _first_night(asked)
    until = form.until.data or last
    if form.until.errors:
        return None
    if not dates.today() <= until <= last:
        form.refuse("until", _("Chọn một ngày từ hôm nay đến ngày nhận phòng."))
        return None
    return until


def _contact(form: WatchForm) -> tuple[str, str] | None:
    """Return channel and contact; None, said at the field, where there is none that works."""
    if form.subscription.data:
        try:
            if not push.is_offered():
                raise push.BadSubscription
            return PUSH, push.read_subscription(form.subscription.data)
        except push.BadSubscription:
            form.refuse("email", _("Trình duyệt này không nhận báo được. Hãy dùng e-mail."))
            return None
    try:
        if not mail.can_send():
            raise EmailNotValidError
        # Whether a domain takes mail shows when the link is followed, or is not.
        found = validate_email(
            form.email.data or "", check_deliverability=False, test_environment=_may_be_invented()
        )
    except EmailNotValidError:
        form.refuse("email", _("Hãy ghi một địa chỉ e-mail, ví dụ lan@example.com."))
        return None
    return EMAIL, found.normalized


def _may_be_invented() -> bool:
    config = current_app.extensions["config"]
    return not config.production


def _page(asked: Asked, form: WatchForm, status: int = 200) -> Response:
    shown = canonical(asked)
    assert asked.wish is not None
    assert asked.wish.stay is not None
    response = page(
        "search/watch.html",
        status=status,
        form=form,
        shown=shown,
        labels=_labels(asked, shown),
        last=asked.wish.stay.start,
        today=dates.today(),
        back_url=search_url(shown),
        push_key=push.public_key() if push.is_offered() else None,
        by_mail=mail.can_send(),
    )
    return _discreet(response)


def _labels(asked: Asked, shown: Parameters) -> list[str]:
    """Return what is waited for, in the words of the search's chips."""
    read = reading.read(shown, asked.wish.now if asked.wish else None)
    found = [chip.label for chip in chips(read, shown)]
    text = asked.words.text
    return [*found, *([f"“{text}”"] if text else [])]


@blueprint.get("/search/watch/sent")
@public
def sent() -> ResponseReturnValue:
    """What to do next, the same for everybody."""
    return _discreet(page("search/watch_sent.html"))


# --- The watch itself --------------------------------------------------------------------------


@blueprint.get("/search/watch/<token>")
@public
def show(token: str) -> ResponseReturnValue:
    """What is waited for; programs that look at links change nothing."""
    return _state(token)


@blueprint.get("/search/watch/<token>/stop")
@public
def ask_to_stop(token: str) -> ResponseReturnValue:
    return _state(token)


@blueprint.post("/search/watch/<token>/confirm")
@public
def confirm(token: str) -> ResponseReturnValue:
    found = operations.watch_of(token)
    if found is not None:
        operations.confirm(found)
        db.session.commit()
    return _to(url_for(".show", token=token))


@blueprint.post("/search/watch/<token>/stop")
@public
def stop(token: str) -> ResponseReturnValue:
    """Forget the watch; the answer is the same where it was stopped before."""
    found = operations.watch_of(token)
    if found is not None:
        operations.stop(found)
        db.session.commit()
    return _discreet(page("search/watch_state.html", watch=None, stopped=True, about=None))


def _state(token: str) -> Response:
    found = operations.watch_of(token)
    values: dict[str, Any] = {"watch": found, "stopped": False, "about": None}
    if found is not None:
        values |= {
            "about": _about(found),
            "token": token,
            "search_url": search_url(found.parameters),
        }
    return _discreet(page("search/watch_state.html", status=200 if found else 404, **values))


def _about(watch: Watch) -> str:
    wish = operations.wish_of(watch)
    return (
        operations.about(watch)
        if wish and wish.stay
        else nights_text(dates.Period.of(watch.until, 1))
    )


def _to(address: str) -> Response:
    values = carry({})
    query = f"?lang={values['lang']}" if values else ""
    return _discreet(redirect(f"{address}{query}", 303))  # type: ignore[arg-type]


def _discreet(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-store"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response


@blueprint.get("/push-worker.js")
@public
def worker() -> ResponseReturnValue:
    """The script that shows messages; at the root, since its scope is where it lies."""
    response = current_app.send_static_file("js/push-worker.js")
    response.headers["Cache-Control"] = "no-cache"
    return response
