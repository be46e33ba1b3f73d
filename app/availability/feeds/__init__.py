"""Calendars of booking sites: fetched safely, read, believed or not."""
