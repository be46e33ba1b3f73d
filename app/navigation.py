"""What the frame of every page needs: the navigation of each role, the language, who is asking."""

from __future__ import annotations

from typing import Any

from flask import Flask, request
from flask_babel import gettext as _
from sqlalchemy import select

from app.db import db
from app.registry.models import Establishment
from app.web import locale
from app.web.links import absolute_url
from app.web.security import Principal, principal

NavItem = tuple[str, str, bool]


def init_app(app: Flask) -> None:
    app.context_processor(frame)
    app.jinja_env.globals["absolute_url"] = absolute_url


def frame() -> dict[str, Any]:
    """Return the variables of ``base.html``."""
    who = principal()
    return {
        "principal": who,
        "lang": locale.selected(),
        "nav_items": nav_items(who),
        "house_nav": house_items(who),
    }


def nav_items(who: Principal) -> list[NavItem]:
    """Return (url, label, active) of the main navigation for the roles of a principal."""
    items = [("/search", _("Tìm phòng"))]
    if who.is_anonymous:
        items.append(("/apply", _("Đăng ký cơ sở")))
    if who.houses:
        items.append(("/hotel", _("Cơ sở của tôi")))
    if who.sees_province or who.units:
        items += [("/statistics/", _("Thống kê")), ("/admin/establishments", _("Cơ sở lưu trú"))]
    if who.roles & {"ward_official", "province_official"}:
        items.append(("/admin/emergency", _("Khẩn cấp")))
    if who.sees_province:
        items += [("/admin/reports", _("Phản ánh")), ("/admin/outages", _("Hệ thống ngừng"))]
    if who.is_admin:
        items += [
            ("/admin/people", _("Tài khoản")),
            ("/admin/audit", _("Nhật ký")),
            ("/admin/breaches", _("Sự cố dữ liệu")),
        ]
    if not who.is_anonymous:
        items.append(("/account", _("Tài khoản của tôi")))
    return [(_in_language(url), label, _is_active(url)) for url, label in items]


def house_items(who: Principal) -> list[NavItem]:
    """Return the navigation inside one house, on its pages only."""
    code = (request.view_args or {}).get("code")
    if not code or not request.path.startswith("/hotel/"):
        return []
    house_id = db.session.scalar(select(Establishment.id).where(Establishment.code == code))
    if house_id is None or not who.works_in(house_id):
        return []
    base = f"/hotel/{code}"
    items = [
        (f"{base}/tonight", _("Đêm nay")),
        (f"{base}/stays", _("Lượt lưu trú")),
        (f"{base}/declarations", _("Khai báo")),
        (f"{base}/calendar", _("Lịch phòng")),
        (f"{base}/reservations", _("Đặt trước")),
        (f"{base}/days", _("Chốt ngày")),
        (f"{base}/returns", _("Báo cáo tháng")),
        (f"{base}/numbers", _("Số liệu của bạn")),
        (f"{base}/quality", _("Chất lượng")),
        (f"{base}/reach", _("Khách tìm thấy bạn")),
        (f"{base}/settings", _("Thông tin cơ sở")),
    ]
    if who.manages(house_id):
        items.append((f"{base}/people", _("Nhân viên")))
    return [(_in_language(url), label, _is_active(url)) for url, label in items]


def _in_language(url: str) -> str:
    return f"{url}?lang=en" if locale.selected() == "en" else url


def _is_active(url: str) -> bool:
    path = request.path.rstrip("/")
    return path == url.rstrip("/") or request.path.startswith(url.rstrip("/") + "/")
