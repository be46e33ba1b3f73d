"""What states, faults and next steps are called, in the reader's language."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint
from flask_babel import gettext as _

from app.declarations.queries import Declaration

# Codes of the API with their words; a fault keeps a record off the portal.
FAULTS_API = {
    "too_late": "The portal takes arrivals of today and yesterday only: tell the commune police",
    "full_name": "The full name is missing",
    "date_of_birth": "The date of birth is missing",
    "sex": "The sex is missing; the portal knows M and F",
    "document_type": "The type of document is missing",
    "document_number": "The number of the document is missing",
    "document_name": "The name of the other document is missing",
    "document_format": "The portal does not take this number for this type of document",
    "room": "No room: the portal asks hotels for one",
    "permitted_until": "The date until which the guest may stay in Vietnam is missing",
    "permission_expired": "The permission to stay has ended",
    "nationality_unknown": "The portal's catalogue lacks this nationality: declare by hand",
    "reason_detail": "The reason is “other”: say which",
    "unreadable": "The record can't be decrypted",
    "other_kind": "This format is for the other kind of guests",
    "cancelled": "The stay was cancelled",
    "elsewhere": "The stay is filed elsewhere",
    "confirmed": "The portal has this declaration",
    "not_found": "Nothing is known under this value",
}


def fault(code: str) -> str:
    words = {
        "too_late": _("cổng không nhận nữa"),
        "full_name": _("thiếu họ tên"),
        "date_of_birth": _("thiếu ngày sinh"),
        "sex": _("thiếu giới tính (cổng chỉ có Nam, Nữ)"),
        "document_type": _("thiếu loại giấy tờ"),
        "document_number": _("thiếu số giấy tờ"),
        "document_name": _("thiếu tên giấy tờ khác"),
        "document_format": _("số giấy tờ không đúng dạng cổng nhận"),
        "room": _("chưa có phòng"),
        "permitted_until": _("thiếu ngày được tạm trú đến"),
        "permission_expired": _("thời hạn tạm trú đã hết"),
        "nationality_unknown": _("cổng không có quốc tịch này: khai tay"),
        "reason_detail": _("lý do khác: chưa ghi rõ"),
        "unreadable": _("không mở được giấy tờ"),
        "other_kind": _("không hợp với mẫu này"),
        "cancelled": _("lượt ở đã huỷ"),
        "elsewhere": _("khai ở nơi khác"),
        "confirmed": _("cổng đã có"),
        "not_found": _("không tìm thấy khách"),
    }
    return words.get(code, code)


def state(code: str) -> str:
    words = {
        "draft": _("Thiếu thông tin"),
        "ready": _("Chưa gửi"),
        "sent": _("Chưa đối soát"),
        "confirmed": _("Cổng đã có"),
        "missing": _("Cổng không có"),
        "differing": _("Khác với cổng"),
        "corrected": _("Đã sửa sau khi gửi"),
        "too_late": _("Quá hạn cổng"),
        "cancelled": _("Đã huỷ"),
        "elsewhere": _("Khai nơi khác"),
        "unsent": _("Chưa gửi"),
        "problem": _("Phải xử lý"),
    }
    return words.get(code, code)


def next_step(declaration: Declaration) -> str:
    """Return what to do now; empty where nothing is left to do."""
    if declaration.faults and declaration.state in ("draft", "ready"):
        return _("Bổ sung rồi gửi: %(what)s.", what=", ".join(map(fault, declaration.faults)))
    steps = {
        "ready": _("Tải tệp, nộp lên cổng, rồi đánh dấu đã gửi."),
        "sent": _("Lấy danh sách trên cổng về để đối soát."),
        "missing": _("Cổng chưa nhận: nộp lại ngay, hoặc báo công an nếu quá hôm qua."),
        "differing": _("So lại với giấy tờ, sửa bên sai, rồi đối soát lại."),
        "corrected": _("Sửa cả trên cổng, rồi đối soát lại. Giờ gửi lần đầu vẫn giữ."),
        "too_late": _("Báo công an phường qua điện thoại hoặc trực tiếp, rồi ghi lại ở đây."),
    }
    return steps.get(declaration.state, "")


def format_name(code: str) -> str:
    words = {
        "domestic_xlsx": _("Khách Việt Nam, Excel của cổng"),
        "foreign_xml": _("Khách nước ngoài, XML"),
        "foreign_xlsx": _("Khách nước ngoài, Excel"),
        "asm_xlsx": _("Mẫu ASM cũ, Excel"),
        "api_json": _("JSON cho API của cổng"),
        "by_hand": _("Khai tay trên cổng hoặc VNeID"),
        "police": _("Báo công an phường"),
    }
    return words.get(code, code)


def difference(code: str) -> str:
    words = {
        "full_name": _("họ tên"),
        "date_of_birth": _("ngày sinh"),
        "sex": _("giới tính"),
        "nationality": _("quốc tịch"),
        "document_number": _("số giấy tờ"),
        "arrived_at": _("ngày đến"),
        "departure": _("ngày đi"),
        "permitted_until": _("ngày được tạm trú đến"),
        "room_taken": _("phòng đang có khách"),
        "party_incomplete": _("người cùng phòng còn thiếu thông tin"),
        "number": _("số giấy tờ"),
        "room": _("số phòng"),
        "refused": _("cổng từ chối"),
        "still_checked_in": _("cổng còn ghi khách này đang ở, chưa trả phòng"),
        "duplicate": _("cổng đã có khai báo trùng thời gian"),
        "departure_past": _("ngày đi đã qua"),
        "permission_expired": _("thời hạn tạm trú đã qua"),
    }
    return words.get(code) or words.get(code.partition(":")[0], code)


def tag_of(state_code: str) -> str:
    """Return the look of a state: green only where the portal itself has the guest."""
    looks = {"confirmed": "confirmed", "sent": "due", "corrected": "due", "ready": "not_sent"}
    red = ("missing", "differing", "too_late")
    return looks.get(state_code, "failed" if state_code in red else "draft")


def register(blueprint: Blueprint) -> None:
    """Make the words available to templates."""
    words: dict[str, Callable[..., str]] = {
        "filing_fault": fault,
        "filing_state": state,
        "filing_step": next_step,
        "filing_format": format_name,
        "filing_difference": difference,
        "filing_tag": tag_of,
    }
    for name, function in words.items():
        blueprint.add_app_template_filter(function, name)
