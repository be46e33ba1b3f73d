"""What WTForms says of its own about a field, in plain words: it brings no Vietnamese."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext

WORDS: dict[str, Any] = {
    "This field is required.": lazy_gettext("Hãy điền ô này."),
    "Invalid input.": lazy_gettext("Không đúng dạng."),
    "Not a valid choice.": lazy_gettext("Hãy chọn một trong các mục."),
    "Invalid Choice: could not coerce.": lazy_gettext("Hãy chọn một trong các mục."),
    "Invalid choice(s): one or more data inputs could not be coerced.": lazy_gettext(
        "Có mục không nằm trong danh sách."
    ),
    "Not a valid date value.": lazy_gettext("Không đúng ngày, ví dụ 24/12/2026."),
    "Not a valid datetime value.": lazy_gettext("Không đúng ngày giờ."),
    "Not a valid time value.": lazy_gettext("Không đúng giờ, ví dụ 14:30."),
    "Not a valid week value.": lazy_gettext("Không đúng tuần."),
    "Not a valid integer value.": lazy_gettext("Hãy ghi một số nguyên."),
    "Not a valid decimal value.": lazy_gettext("Hãy ghi một số."),
    "Not a valid float value.": lazy_gettext("Hãy ghi một số."),
    "Number must be at least %(min)s.": lazy_gettext("Ít nhất là %(min)s."),
    "Number must be at most %(max)s.": lazy_gettext("Nhiều nhất là %(max)s."),
    "Number must be between %(min)s and %(max)s.": lazy_gettext("Từ %(min)s đến %(max)s."),
    "Date must be at least %(min)s.": lazy_gettext("Sớm nhất là %(min)s."),
    "Date must be at most %(max)s.": lazy_gettext("Muộn nhất là %(max)s."),
    "Date must be between %(min)s and %(max)s.": lazy_gettext("Từ %(min)s đến %(max)s."),
    "Field must be between %(min)d and %(max)d characters long.": lazy_gettext(
        "Dài từ %(min)d đến %(max)d ký tự."
    ),
    "Field must be at least %(min)d character long.": lazy_gettext("Ít nhất %(min)d ký tự."),
    "Field cannot be longer than %(max)d character.": lazy_gettext("Nhiều nhất %(max)d ký tự."),
    "Field must be exactly %(max)d character long.": lazy_gettext("Đúng %(max)d ký tự."),
    "'%(value)s' is not a valid choice for this field.": lazy_gettext(
        "Có mục không nằm trong danh sách."
    ),
    "Field must be equal to %(other_name)s.": lazy_gettext("Hai ô không giống nhau."),
    "Invalid email address.": lazy_gettext("Địa chỉ thư điện tử không đúng."),
    "Invalid URL.": lazy_gettext("Địa chỉ trang không đúng, ví dụ https://…"),
    "Invalid UUID.": lazy_gettext("Mã không đúng."),
    "This field cannot be edited.": lazy_gettext("Ô này không sửa được."),
    "This field is disabled and cannot have a value.": lazy_gettext("Ô này không sửa được."),
    "Invalid CSRF Token.": lazy_gettext("Biểu mẫu mở quá lâu. Xin gửi lại."),
    "CSRF token missing.": lazy_gettext("Biểu mẫu mở quá lâu. Xin gửi lại."),
    "CSRF failed.": lazy_gettext("Biểu mẫu mở quá lâu. Xin gửi lại."),
    "CSRF token expired.": lazy_gettext("Biểu mẫu mở quá lâu. Xin gửi lại."),
}


class FormWords:
    """The translations object WTForms asks; the singular is the key, Vietnamese has no plural."""

    def gettext(self, message: str) -> str:
        return str(WORDS.get(message, message))

    def ngettext(self, singular: str, plural: str, n: int) -> str:
        return str(WORDS.get(singular, singular if n == 1 else plural))
