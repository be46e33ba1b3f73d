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
    "app.registry.outside_list.views",
    "app.registry.invitation_views",
    "app.registry.phone_check.views",
    "app.registry.complaints.admin_views",
    "app.registry.people.views",
    "app.availability.views",
    "app.availability.reservation_views",
    "app.availability.upkeep_views",
    "app.availability.feeds.views",
    "app.availability.room_views",
    "app.stays.views",
    "app.stays.stay_views",
    "app.stays.correction_views",
    "app.stays.groups.views",
    "app.stays.groups.row_views",
    "app.stays.groups.link_views",
    "app.stays.day_close.views",
    "app.stays.imports.views",
    "app.stays.auto_checkout_views",
    "app.stays.roll.views",
    "app.stays.roll.release_views",
    "app.declarations.views",
    "app.declarations.reconcile_views",
    "app.declarations.receipt_views",
    "app.declarations.template_views",
    "app.search.views",
    "app.search.driver_views",
    "app.search.fullness_views",
    "app.search.embed",
    "app.search.sitemap",
    "app.search.reach.views",
    "app.availability.reminders.views",
    "app.statistics.views",
    "app.statistics.tonight.views",
    "app.statistics.forecast.views",
    "app.statistics.quality.views",
    "app.statistics.own_numbers.views",
    "app.statistics.opened.views",
    "app.statistics.worklist.views",
    "app.statistics.returns.views",
    "app.statistics.open_data.views",
    "app.statistics.bulletin.views",
    "app.registry.audit_views",
    "app.registry.breaches.views",
    "app.registry.test_twins.views",
    "app.web.about",
    "app.web.health",
    "app.web.metrics",
)
# The page of a guest's link is like them: its token is the key, and it sets no cookie.
APIS = (
    "app.stays.groups.prefill_views",
    "app.web.api_docs",
    "app.registry.api",
    "app.availability.api",
    "app.availability.ota_api",
    "app.availability.reservation_api",
    "app.stays.api",
    "app.stays.documents_api",
    "app.stays.imports.api",
    "app.stays.day_close.api",
    "app.declarations.api",
    "app.search.api",
    # Visitors report a house without an account; no cookie is set there.
    "app.registry.complaints.views",
    # Browsers ping these by themselves, without a form.
    "app.search.reach.ways_views",
    # Nobody is signed in there, and no cookie is set: a watch's link is its own proof.
    "app.search.watches.views",
    "app.availability.reminders.links",
    "app.statistics.api",
    "app.statistics.tonight.api",
    "app.statistics.open_data.api",
    # Mail programs post here by themselves, with a link that is its own proof.
    "app.statistics.bulletin.leave",
    "app.statistics.forecast.api",
    "app.statistics.quality.api",
    "app.statistics.own_numbers.api",
)


def register(app: Flask, csrf: CSRFProtect) -> None:
    """Register every blueprint; the API's are exempt from the form token."""
    for name in PAGES:
        app.register_blueprint(import_module(name).blueprint)
    for name in APIS:
        blueprint = import_module(name).blueprint
        csrf.exempt(blueprint)
        app.register_blueprint(blueprint)
