"""The command `fastapi-sentry`: what runs on a developer's machine or in CI, and is installed in no service."""
