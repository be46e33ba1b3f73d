"""The words for findings: English for programs, the reader's language for people."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from flask_babel import LazyString
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app import dates
from app.stays.inputs import Finding
from app.web import filters

# code → (English detail, words on the screen). The codes are public: none is renamed.
WORDS: dict[str, tuple[str, LazyString]] = {
    "required": ("The value is missing", _l("Xin điền chỗ này.")),
    "invalid_format": (
        "The value is not written as it must be",
        _l("Viết chưa đúng dạng. Xin xem lại."),
    ),
    "invalid_name": (
        "A name has letters, spaces, apostrophes, hyphens and full stops only",
        _l("Tên chỉ gồm chữ cái, khoảng trắng, dấu ' - và dấu chấm."),
    ),
    "not_latin": (
        "Write the name in Latin letters, as in the passport's lower lines",
        _l("Xin viết tên bằng chữ La-tinh như trong hộ chiếu."),
    ),
    "too_long": ("The value is too long", _l("Dài quá, xin viết ngắn lại.")),
    "too_many": ("Too many entries", _l("Nhiều quá, xin chia ra.")),
    "unknown_code": ("The value is none of the known codes", _l("Không có lựa chọn này.")),
    "out_of_range": ("The value is outside the allowed range", _l("Nằm ngoài khoảng cho phép.")),
    "in_future": ("The instant lies in the future", _l("Thời điểm này chưa tới.")),
    "order": ("The end is not after the start", _l("Ngày giờ đi phải sau ngày giờ đến.")),
    "duplicate": ("The value occurs twice", _l("Giấy tờ này đã ghi cho một khách khác.")),
    "already_here": (
        "A guest with this document is staying here already",
        _l("Khách có giấy tờ này đang ở tại cơ sở, chưa trả phòng."),
    ),
    "not_found": ("Nothing is known under this value", _l("Không tìm thấy.")),
    "mismatch": (
        "The room is not of this type on the first night",
        _l("Phòng này không thuộc loại phòng đã chọn."),
    ),
    "contradiction": (
        "A walk-in has no reservation",
        _l("Khách vãng lai thì không có đặt trước; xin chọn lại nguồn khách."),
    ),
    "invalid_number": (
        "The number does not fit the type of document",
        _l("Số không hợp với loại giấy tờ. Căn cước có 12 chữ số, hộ chiếu tối đa 10 chữ và số."),
    ),
    "needs_passport": (
        "A foreign guest is declared with a passport or another travel document",
        _l("Khách nước ngoài khai báo bằng hộ chiếu hoặc giấy tờ đi lại khác."),
    ),
    "expired": ("The date lies in the past", _l("Ngày này đã qua.")),
    "holds_identity": (
        "The text may not hold names or numbers of guests",
        _l("Đừng ghi tên hay số giấy tờ của khách vào đây."),
    ),
    # --- What only warns -----------------------------------------------------------------------
    "one_word_name": ("The name has one word only", _l("Tên chỉ có một chữ; xin kiểm lại họ.")),
    "very_old": (
        "The guest would be older than 110",
        _l("Khách hơn 110 tuổi? Xin kiểm ngày sinh."),
    ),
    "child_alone": (
        "A child below 14 with no adult in the room",
        _l("Trẻ dưới 14 tuổi mà không có người lớn cùng phòng."),
    ),
    "document_ended": (
        "The old identity card is no longer valid by law",
        _l("Chứng minh nhân dân đã hết giá trị; xin dùng căn cước nếu có."),
    ),
    "number_province": (
        "The first three digits are no known province",
        _l("Ba số đầu không phải mã tỉnh nào; xin kiểm lại số."),
    ),
    "number_sex": (
        "The fourth digit says another sex",
        _l("Chữ số thứ tư không khớp giới tính; xin kiểm lại."),
    ),
    "number_birth_year": (
        "The number holds another year of birth",
        _l("Số căn cước không khớp năm sinh; xin kiểm lại."),
    ),
    "arrived_long_ago": (
        "The arrival is more than 24 hours ago",
        _l("Khách đến đã hơn 24 giờ; cổng chỉ nhận khách đến hôm nay hoặc hôm qua."),
    ),
    "long_stay": (
        "30 nights or more need a registration of temporary residence",
        _l("Ở từ 30 đêm trở lên phải đăng ký tạm trú."),
    ),
    "over_capacity": (
        "More guests than the room type is made for",
        _l("Đông hơn sức chứa của loại phòng này."),
    ),
    "permitted_until_missing": (
        "The end of the permitted stay is needed before the guest can be declared",
        _l("Chưa có thời hạn được phép tạm trú; cần có trước khi khai báo."),
    ),
    "permitted_until_short": (
        "The permitted stay ends before the planned departure",
        _l("Thời hạn tạm trú hết trước ngày đi dự kiến."),
    ),
    "unit_converted": (
        "The former unit was replaced by its successor of today",
        _l("Phường, xã cũ đã được đổi sang đơn vị hiện nay."),
    ),
    "unit_unknown": (
        "The unit is not in the register's list",
        _l("Phường xã này không có trong danh mục; đã ghi như đã viết."),
    ),
    "note_holds_number": (
        "The note looks as if it held a document number",
        _l("Ghi chú có vẻ chứa số giấy tờ; xin bỏ ra."),
    ),
    "identity_not_kept": (
        "The stay is filed elsewhere, so the guests' identity was not kept",
        _l("Lượt ở này khai báo nơi khác nên không lưu giấy tờ của khách."),
    ),
    "must_move": (
        "No single room is free for all nights: %(rooms)s",
        _l("Không phòng nào trống đủ các đêm, phải đổi phòng: %(rooms)s."),
    ),
    "overbooked": (
        "No room is free on these nights: %(nights)s",
        _l("Không còn phòng cho các đêm: %(nights)s. Khách đã được ghi nhận, xin xếp phòng."),
    ),
    # --- What reading a document's text finds wrong --------------------------------------------
    "check_digit": (
        "The check digit does not fit",
        _l("Số kiểm tra không khớp; xin so từng chữ với giấy tờ."),
    ),
    "expiry_check": (
        "The check digit of the expiry does not fit",
        _l("Số kiểm tra của hạn giấy tờ không khớp; xin xem lại giấy tờ."),
    ),
    "unread": (
        "The field could not be read from the document",
        _l("Không đọc được chỗ này; xin xem trên giấy tờ."),
    ),
    # --- What reading a document's text notices ------------------------------------------------
    "state_unknown": (
        "The code of the state is none of ISO 3166-1 or ICAO 9303",
        _l("Mã nước này không có trong danh mục; xin chọn lại."),
    ),
    "sex_not_said": (
        "The document does not say the sex",
        _l("Giấy tờ không ghi giới tính; xin hỏi khách."),
    ),
    "visa_number": (
        "The lines are a visa's; the number may be that of the visa, not of the passport",
        _l("Đây là thị thực; xin lấy số hộ chiếu của khách."),
    ),
    "card_type_unsure": (
        "The lines do not say whether the card is a CCCD or a Căn cước",
        _l("Không rõ là thẻ căn cước công dân hay thẻ căn cước; xin xem mặt thẻ."),
    ),
    "number_not_whole": (
        "The 12 digits of the personal number are not in the lines",
        _l("Không đọc được đủ 12 số; xin gõ số trên thẻ."),
    ),
    "birth_date_unknown": (
        "The document does not say the date of birth",
        _l("Giấy tờ không ghi ngày sinh; xin hỏi khách."),
    ),
    "document_expired": ("The document has expired", _l("Giấy tờ đã hết hạn.")),
    "expiry_far": (
        "The expiry is read as more than 20 years ahead: the lines hold two digits of the year",
        _l("Ngày hết hạn còn rất xa hoặc đã qua từ lâu; xin xem trên giấy tờ."),
    ),
    "name_cut": (
        "The name fills its line, and may have been cut",
        _l("Tên dài hết dòng, có thể bị cắt; xin xem trên giấy tờ."),
    ),
    "name_fillers": (
        "Letters K at the end of the name were taken for fillers",
        _l("Đã bỏ các chữ K thừa ở cuối tên; xin kiểm lại tên."),
    ),
    "name_digits": ("The name holds digits", _l("Tên có chữ số; xin kiểm lại tên.")),
    "name_keystrokes": (
        "The name looks as if an input method had left keystrokes in it",
        _l("Tên có vẻ còn dấu gõ Telex hoặc VNI; xin kiểm lại tên."),
    ),
    "encoding_mended": (
        "The text came in a wrong encoding and was set right",
        _l("Dấu tiếng Việt bị máy quét làm sai, đã sửa lại; xin kiểm tên và địa chỉ."),
    ),
    "old_id_strange": (
        "The number of the former card has neither 9 nor 12 digits, and was left out",
        _l("Số chứng minh nhân dân cũ không đúng dạng, đã bỏ qua."),
    ),
    "issued_before_birth": (
        "The card was issued before its holder was born",
        _l("Ngày cấp thẻ trước ngày sinh; xin kiểm lại."),
    ),
}


def detail(finding: Finding) -> str:
    """Return the English words of a finding, for the JSON API."""
    if "shortest" in finding.values:
        return f"A name has at least {finding.values['shortest']} letters"
    words = WORDS[finding.code][0] % finding.values
    limits = [f"{end} {_iso(finding.values[end])}" for end in LIMITS if end in finding.values]
    return f"{words}: {', '.join(limits)}" if limits else words


def message(finding: Finding) -> str:
    """Return the words of a finding in the reader's language."""
    if "shortest" in finding.values:
        return _("Tên cần ít nhất %(num)s chữ cái.", num=finding.values["shortest"])
    if any(end in finding.values for end in LIMITS):
        return _between(**finding.values)
    return str(WORDS[finding.code][1]) % finding.values


# The ends of what is allowed, both included, where a finding knows them.
LIMITS = ("earliest", "latest")


def _between(earliest: Any = None, latest: Any = None) -> str:
    if latest is None:
        return _("Sớm nhất là %(min)s.", min=_written(earliest))
    if earliest is None:
        return _("Muộn nhất là %(max)s.", max=_written(latest))
    return _("Từ %(min)s đến %(max)s.", min=_written(earliest), max=_written(latest))


def _iso(limit: date | datetime) -> str:
    return dates.local(limit).isoformat() if isinstance(limit, datetime) else str(limit)


def _written(limit: date | datetime) -> str:
    """Return a limit as the forms take it."""
    return filters.moment(limit) if isinstance(limit, datetime) else f"{limit:%d/%m/%Y}"
