"""The list of blueprints and the navigation each role sees."""

from __future__ import annotations

from importlib import import_module

from flask import Flask
from flask_wtf import CSRFProtect

# Pages: module → attribute ``blueprint``. API modules authenticate by key, so no CSRF token there.
PAGES = (
    "app.accounts.views",
    "app.registry.views",
    "app.registry.settings_views",
    "app.registry.room_views",
    "app.registry.admin_views",
    "app.registry.missing_views",
    "app.registry.outside_list_views",
    "app.registry.invitation_views",
    "app.registry.phone_check_views",
    "app.registry.complaint_admin_views",
    "app.registry.people_views",
    "app.availability.views",
    "app.availability.reservation_views",
    "app.availability.upkeep_views",
    "app.availability.feeds_views",
    "app.availability.room_views",
    "app.stays.views",
    "app.stays.stay_views",
    "app.stays.correction_views",
    "app.stays.group_views",
    "app.stays.group_row_views",
    "app.stays.group_link_views",
    "app.stays.day_close_views",
    "app.stays.imports_views",
    "app.stays.auto_checkout_views",
    "app.stays.roll_views",
    "app.stays.roll_release_views",
    "app.declarations.views",
    "app.declarations.reconcile_views",
    "app.declarations.receipt_views",
    "app.declarations.template_views",
    "app.search.views",
    "app.search.driver_views",
    "app.search.fullness_views",
    "app.search.embed",
    "app.search.sitemap",
    "app.search.reach_views",
    "app.availability.reminders_views",
    "app.statistics.views",
    "app.statistics.tonight_views",
    "app.statistics.forecast_views",
    "app.statistics.quality_views",
    "app.statistics.own_numbers_views",
    "app.statistics.opened_views",
    "app.statistics.worklist_views",
    "app.statistics.returns_views",
    "app.statistics.publication_views",
    "app.statistics.bulletin_views",
    "app.registry.audit_views",
    "app.registry.breach_views",
    "app.registry.test_twin_views",
    "app.web.about",
    "app.web.health",
    "app.web.metrics",
)
# The page of a guest's link is like them: its token is the key, and it sets no cookie.
APIS = (
    "app.stays.prefill_views",
    "app.web.api_docs",
    "app.registry.api",
    "app.availability.api",
    "app.availability.ota_api",
    "app.availability.reservation_api",
    "app.stays.api",
    "app.stays.documents_api",
    "app.stays.imports_api",
    "app.stays.day_close_api",
    "app.declarations.api",
    "app.search.api",
    # Visitors report a house without an account; no cookie is set there.
    "app.registry.complaint_views",
    # Browsers ping these by themselves, without a form.
    "app.search.counting_views",
    # Nobody is signed in there, and no cookie is set: a watch's link is its own proof.
    "app.search.watches_views",
    "app.availability.reminders_links",
    "app.statistics.api",
    "app.statistics.now_api",
    "app.statistics.publication_api",
    # Mail programs post here by themselves, with a link that is its own proof.
    "app.statistics.bulletin_leave",
    "app.statistics.forecast_api",
    "app.statistics.quality_api",
    "app.statistics.own_numbers_api",
)


def register(app: Flask, csrf: CSRFProtect) -> None:
    """Register every blueprint; the API's are exempt from the form token."""
    for name in PAGES:
        app.register_blueprint(import_module(name).blueprint)
    for name in APIS:
        blueprint = import_module(name).blueprint
        csrf.exempt(blueprint)
        app.register_blueprint(blueprint)
