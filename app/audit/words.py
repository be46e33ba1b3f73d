"""What the kinds of events are called on screen."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

ACTIONS = {
    "account_closed": _l("Khoá tài khoản"),
    "account_opened": _l("Mở lại tài khoản"),
    "api_key_closed": _l("Khoá khoá phần mềm"),
    "api_key_created": _l("Tạo khoá phần mềm"),
    "closure_removed": _l("Bỏ kỳ đóng cửa"),
    "declared": _l("Đánh dấu đã gửi khai báo"),
    "departure_told": _l("Báo khách đã đi"),
    "drafts_expired": _l("Xoá bản nháp khách quá hạn"),
    "export": _l("Xuất tệp có định danh"),
    "guest_forgotten": _l("Quên khách quen"),
    "guest_recalled": _l("Điền phiếu theo khách quen"),
    "guest_remembered": _l("Nhớ khách theo đồng ý"),
    "group_checked_in": _l("Nhận phòng cả đoàn"),
    "group_deleted": _l("Xoá danh sách đoàn"),
    "group_opened": _l("Lập danh sách đoàn"),
    "history_imported": _l("Nhập lịch sử lưu trú"),
    "house_applied": _l("Đăng ký cơ sở"),
    "house_approve": _l("Duyệt cơ sở"),
    "house_claimed": _l("Nhận cơ sở bằng thư mời"),
    "house_closed": _l("Ghi kỳ đóng cửa"),
    "house_completed": _l("Bổ sung thông tin cơ sở"),
    "house_edited": _l("Sửa thông tin cơ sở"),
    "house_figures": _l("Xem số liệu của một cơ sở"),
    "house_invited": _l("In thư mời nhận cơ sở"),
    "house_reclassified": _l("Đổi loại, hạng hoặc địa bàn"),
    "house_reject": _l("Từ chối cơ sở"),
    "house_reopen": _l("Mở lại cơ sở"),
    "house_suspend": _l("Tạm ngừng cơ sở"),
    "houses_imported": _l("Nhập danh sách cơ sở"),
    "identity_revealed": _l("Mở xem định danh"),
    "kept_by": _l("Đổi bên giữ số phòng trống"),
    "password_changed": _l("Đổi mật khẩu"),
    "password_reset": _l("Cấp lại mật khẩu"),
    "password_set": _l("Đặt mật khẩu từ liên kết"),
    "prefill_link_made": _l("Tạo đường dẫn cho khách tự điền"),
    "prefill_link_revoked": _l("Thu hồi đường dẫn của khách"),
    "prefilled": _l("Khách tự điền danh sách"),
    "reconciled": _l("Đối soát khai báo"),
    "refused": _l("Bị từ chối quyền"),
    "role_given": _l("Cấp vai trò"),
    "role_taken": _l("Bỏ vai trò"),
    "room_moved": _l("Đổi loại của phòng"),
    "room_retired": _l("Ngừng dùng phòng"),
    "room_type_added": _l("Thêm loại phòng"),
    "room_type_edited": _l("Sửa loại phòng"),
    "room_type_removed": _l("Bỏ loại phòng"),
    "rooms_added": _l("Thêm phòng"),
    "session_ended": _l("Kết thúc một phiên"),
    "sign_in": _l("Đăng nhập"),
    "sign_in_refused": _l("Đăng nhập sai"),
    "sign_out": _l("Đăng xuất"),
    "stay_cancelled": _l("Huỷ lượt lưu trú ghi nhầm"),
}


def action_name(action: str) -> str:
    """Return the words for an action; a kind without words shows its code."""
    return str(ACTIONS.get(action, action))
