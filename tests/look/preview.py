"""Sample pages with every macro in every state, for looking at and for the tests of the look.

`python -m tests.look.preview [PORT]` serves them without a database.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from flask import Blueprint, Flask, Response, flash, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import Babel
from wtforms import (
    BooleanField,
    DateField,
    EmailField,
    FileField,
    IntegerField,
    PasswordField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TelField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired
from wtforms.widgets import CheckboxInput, ListWidget

from app.config import Config
from app.dates import now
from app.web import assets, discovery, filters, kept
from app.web.forms import Form
from app.web.security import CONTENT_SECURITY_POLICY
from tests.look import samples

ROOT = Path(__file__).parents[2]
PAGES = ("components", "forms", "search", "house", "tonight", "calendar", "statistics")

preview = Blueprint("preview", __name__, template_folder="templates")


def choices(**words: str) -> list[SelectChoice]:
    return [SelectChoice(value=value, label=label) for value, label in words.items()]


class Checkboxes(SelectMultipleField):
    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


class SampleForm(Form):
    name = StringField(
        "Họ và tên", validators=[InputRequired("Hãy ghi họ và tên như trên giấy tờ")]
    )
    email = EmailField("Thư điện tử")
    phone = TelField("Điện thoại")
    secret = PasswordField("Mật khẩu")
    arrival = DateField("Ngày đến", validators=[InputRequired("Hãy chọn ngày đến")])
    departure = DateField("Ngày đi")
    adults = IntegerField("Người lớn", default=2)
    price = StringField("Giá một đêm", validators=[InputRequired("Hãy ghi giá, ví dụ 900000")])
    kind = SelectField(
        "Loại cơ sở", choices=choices(hotel="Khách sạn", homestay="Nhà có phòng cho khách thuê")
    )
    purpose = RadioField(
        "Khách đến để",
        choices=choices(tourism="Du lịch", business="Công việc", visit="Thăm thân"),
        validators=[InputRequired("Hãy chọn một lý do")],
    )
    guest = RadioField(
        "Khách", choices=choices(vn="Người Việt Nam", foreign="Người nước ngoài"), default="vn"
    )
    days = Checkboxes(
        "Các thứ",
        choices=choices(mon="T2", tue="T3", fri="T6", sat="T7", sun="CN"),
        default=["fri", "sat"],
    )
    amenities = Checkboxes(
        "Tiện nghi",
        choices=choices(
            pool="Hồ bơi", sea_view="Nhìn ra biển", breakfast="Có bữa sáng", parking="Chỗ đỗ xe"
        ),
    )
    agree = BooleanField(
        "Tôi đã đọc cách dữ liệu được dùng", validators=[InputRequired("Hãy đánh dấu để tiếp tục")]
    )
    note = TextAreaField("Ghi chú")
    file = FileField("Tệp danh sách khách")


@preview.after_request
def strict(response: Response) -> Response:
    response.headers["Content-Security-Policy"] = CONTENT_SECURITY_POLICY.format(images="")
    return response


@preview.context_processor
def context() -> dict[str, Any]:
    if "anonymous" in request.args:
        return {"lang": request.args.get("lang", "vi")}
    active = request.path.rpartition("/")[2]
    nav = [(f"/look/{page}", samples.PAGE_NAMES[page], page == active) for page in PAGES]
    return {
        "principal": SimpleNamespace(name="Trần Thị Ánh Nguyệt", is_anonymous=False),
        "nav_items": nav,
        "lang": request.args.get("lang", "vi"),
    }


@preview.get("/look/<name>")
def page(name: str) -> str:
    if "flash" in request.args:
        flash("Đã lưu: phòng 305 trống 3 đêm.", "success")
        flash("Chưa gửi được lên cổng lưu trú, sẽ tự gửi lại sau 5 phút.", "warning")
    form = SampleForm()
    form.validate()
    return render_template(
        f"look/{name}.html",
        form=form,
        fresh=SampleForm(prefix="new"),
        now=now(),
        **samples.context(),
    )


@preview.post("/look/<name>")
def post(name: str) -> str:
    return page(name)


@preview.get("/look/requests")
def requests() -> str:
    return render_template("look/requests.html", form=SampleForm())


@preview.post("/look/requests")
def send() -> ResponseReturnValue:
    if request.form["do"] == "break":
        return render_template("errors/error.html", status=500), 500
    if request.form["do"] == "wait":
        time.sleep(1)
        return render_template("look/_box.html", form=SampleForm())
    form = SampleForm()
    form.validate()
    return render_template("look/_box.html", form=form, wrong=True), 422


@preview.get("/look/error/<int:status>")
def error(status: int) -> tuple[str, int]:
    return render_template("errors/error.html", status=status), status


def create_preview() -> Flask:
    app = Flask("preview", template_folder=ROOT / "templates", static_folder=ROOT / "static")
    app.config.update(SECRET_KEY="only for looking", WTF_CSRF_ENABLED=False, TESTING=True)
    Babel(app, default_locale="vi", locale_selector=lambda: request.args.get("lang", "vi"))
    filters.init_app(app)
    kept.init_app(app)
    assets.init_app(app)
    app.config["MAP_TILES"] = {"url": "", "attribution": ""}
    discovery.init_app(app, Config.for_tests(ROOT))
    app.register_blueprint(preview)
    return app


if __name__ == "__main__":
    create_preview().run(port=int(sys.argv[1]) if len(sys.argv) > 1 else 8900)
