"""Bring the Sentry layer into a service that exists: find, copy, change, check."""
