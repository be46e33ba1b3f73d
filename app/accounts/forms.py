"""Forms of sign-in, passwords and people."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, PasswordField, StringField
from wtforms.validators import DataRequired, Email, EqualTo, Length

from app.accounts.operations import PASSWORD_SHORTEST
from app.web.forms import Form


class SignInForm(Form):
    """Sign-in name and password; ``next`` is where the person wanted to go."""

    login = StringField(
        _l("Tên đăng nhập"),
        validators=[DataRequired(_l("Hãy nhập tên đăng nhập.")), Length(max=200)],
    )
    password = PasswordField(
        _l("Mật khẩu"), validators=[DataRequired(_l("Hãy nhập mật khẩu.")), Length(max=200)]
    )
    next = HiddenField()


class PasswordForm(Form):
    """A new password, typed twice; length counts, composition does not (NIST SP 800-63B)."""

    password = PasswordField(
        _l("Mật khẩu mới"),
        validators=[
            DataRequired(_l("Hãy nhập mật khẩu mới.")),
            Length(
                min=PASSWORD_SHORTEST,
                max=200,
                message=_l("Mật khẩu cần ít nhất %(min)d ký tự; một câu ngắn là tốt nhất."),
            ),
        ],
    )
    again = PasswordField(
        _l("Nhập lại mật khẩu mới"),
        validators=[EqualTo("password", _l("Hai lần nhập không giống nhau."))],
    )


class ChangePasswordForm(PasswordForm):
    """A new password for somebody who still knows the present one."""

    current = PasswordField(
        _l("Mật khẩu hiện nay"),
        validators=[DataRequired(_l("Hãy nhập mật khẩu hiện nay.")), Length(max=200)],
    )


class PersonForm(Form):
    """A person who will get a one-time link to set a password."""

    name = StringField(
        _l("Họ tên hoặc chức danh"),
        validators=[DataRequired(_l("Hãy nhập tên.")), Length(max=200)],
    )
    login = StringField(
        _l("Tên đăng nhập (thư điện tử)"),
        validators=[
            DataRequired(_l("Hãy nhập thư điện tử.")),
            Length(max=200),
            Email(_l("Thư điện tử này chưa đúng dạng ten@noi.vn.")),
        ],
    )
