"""Which names are sensitive: those that sentry-sdk filters itself, and those that services use."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sentry_sdk.scrubber import DEFAULT_DENYLIST, DEFAULT_PII_DENYLIST
from support.engine import scrubbing

SENSITIVE = [
    "password",
    "passwd",
    "dbPassword",
    "DB_PASSWORD",
    "db.password",
    "userpassword",
    "passphrase",
    "passcode",
    "passkey",
    "pass",
    "pwd",
    "psk",
    "bindpw",
    "X-JFrog-Art-Api",
    "pw",
    "mysql_pwd",
    "secret",
    "client_secret",
    "AWS_SECRET_ACCESS_KEY",
    "aws_access_key_id",
    "token",
    "tokens",
    "accessToken",
    "access_token",
    "csrf_token",
    "stripeToken",
    "github_token",
    "X-Amz-Security-Token",
    "refresh_token",
    "authorization",
    "Proxy-Authorization",
    "auth",
    "authkey",
    "auth_header",
    "cookie",
    "cookies",
    "Set-Cookie",
    "session",
    "sessionid",
    "session_key",
    "user_session",
    "aiohttp_session",
    "laravel_session",
    "ci_session",
    "rack.session",
    "mysession",
    "session_data",
    "PHPSESSID",
    "JSESSIONID",
    "connect.sid",
    "sentrysid",
    "remember_me",
    "symfony",
    "api_key",
    "apikey",
    "apiKey",
    "X-API-KEY",
    "x-functions-key",
    "private_key",
    "priv_key",
    "account_key",
    "service_key",
    "client_key",
    "db_key",
    "database_key",
    "master_key",
    "license_key",
    "app_key",
    "application_key",
    "subscription_key",
    "encryption_key",
    "signing_key",
    "ssh_key",
    "STRIPE_KEY",
    "DD_APP_KEY",
    "FERNET_KEY",
    "OPENAI_KEY",
    "SharedAccessKey",
    "storage_key",
    "credentials",
    "creds",
    "bearer",
    "jwt",
    "csrf",
    "_csrf",
    "xsrf",
    "XSRF-TOKEN",
    "pin",
    "otp",
    "totp",
    "mfa_code",
    "verification_code",
    "two_factor",
    "2fa",
    "recovery_codes",
    "backup_code",
    "security_code",
    "code_verifier",
    "client_assertion",
    "SAMLResponse",
    "signature",
    "sig",
    "dsn",
    "connection_string",
    "connectionString",
    "conn_str",
    "database_url",
    "DATABASE_URL",
    "SQLALCHEMY_DATABASE_URI",
    "cvv",
    "cvc",
    "card_number",
    "creditCard",
    "ssn",
    "social_security",
    "contraseña",
    "contrasena",
    "passwort",
    "kennwort",
    "x_forwarded_for",
    "sudo",
    "su",
]

PERSONAL = [
    "first_name",
    "firstName",
    "LAST_NAME",
    "full_name",
    "surname",
    "family_name",
    "given_name",
    "middle_name",
    "maiden_name",
    "nickname",
    "username",
    "user_name",
    "customer_name",
    "contact_name",
    "birthdate",
    "birth_date",
    "date_of_birth",
    "dob",
    "birthday",
    "address",
    "street",
    "street_address",
    "home_address",
    "billing_address",
    "shipping_address",
    "address_line_1",
    "postcode",
    "postal_code",
    "zip_code",
    "email",
    "mail",
    "email_address",
    "phone",
    "phone_number",
    "mobile",
    "mobile_number",
    "telephone",
    "ip_address",
    "client_ip",
    "remote_addr",
    "REMOTE_ADDR",
    "x_real_ip",
    "X-Real-IP",
    "user_ip",
    "iban",
    "bank_account",
    "account_number",
    "tax_id",
    "national_id",
    "passport",
    "driver_license",
]

HARMLESS = [
    "key",
    "keys",
    "keyboard",
    "monkey",
    "primary_key",
    "foreign_key",
    "cache_key",
    "public_key",
    "sort_key",
    "partition_key",
    "routing_key",
    "idempotency_key",
    "author",
    "authors",
    "author_id",
    "authored",
    "authority",
    "compass",
    "bypass",
    "passenger",
    "passed",
    "port",
    "host",
    "hostname",
    "name",
    "title",
    "id",
    "user",
    "user_id",
    "customer_id",
    "message",
    "status",
    "status_code",
    "code",
    "error_code",
    "tokenizer",
    "tokenize",
    "secretary",
    "shipping",
    "spinning",
    "mapping",
    "opinion",
    "design",
    "assign",
    "signal",
    "signed",
    "inside",
    "outside",
    "consider",
    "possession",
    "obsession",
    "discussion",
    "auth_method",
    "auth_type",
    "token_type",
    "auth_status",
    "session_timeout",
    "session_count",
    "mac_address",
    "address_family",
    "server.address",
    "emails_sent",
    "telephone_type",
    "count",
    "size",
    "total",
    "version",
    "path",
    "url",
    "method",
    "route",
    "query",
    "level",
    "logger",
]


@pytest.mark.parametrize("name", SENSITIVE)
def test_a_name_of_a_credential_is_sensitive(name: str) -> None:
    assert scrubbing("policy").SensitiveKeys().match(name)


@pytest.mark.parametrize("name", PERSONAL)
def test_a_name_of_personal_data_is_sensitive_where_personal_data_is_masked(name: str) -> None:
    assert scrubbing("policy").SensitiveKeys(personal=True).match(name)
    assert not scrubbing("policy").SensitiveKeys().match(name)


@pytest.mark.parametrize("name", HARMLESS)
def test_a_harmless_name_is_not_sensitive(name: str) -> None:
    assert not scrubbing("policy").SensitiveKeys(personal=True).match(name)


@pytest.mark.parametrize("write", [str, str.upper, str.title, "x_{}".format, "my.{}".format])
def test_each_name_that_the_installed_sdk_filters_is_sensitive(write: Callable[[str], str]) -> None:
    keys, personal = scrubbing("policy").SensitiveKeys(), scrubbing("policy").SensitiveKeys(personal=True)

    assert len(DEFAULT_DENYLIST) > 30
    assert {name for name in DEFAULT_DENYLIST if not keys.match(write(name))} == set()
    assert {name for name in DEFAULT_PII_DENYLIST if not personal.match(write(name))} == set()


OWN = [
    ("customer_number", "customerNumber", True),
    ("customer_number", "X-Customer-Number", True),
    ("customer_number", "customernumber", True),
    ("customer_number", "customer", False),
    ("customer_number", "number_of_customers", False),
    ("Case-Type", "case_type", True),
    ("", "anything", False),
]


@pytest.mark.parametrize(("own", "name", "sensitive"), OWN)
def test_a_name_of_the_service_is_sensitive_too(own: str, name: str, sensitive: bool) -> None:
    assert scrubbing("policy").SensitiveKeys((own,)).match(name) is sensitive


VALUES = [
    ("password", "hunter2", True),
    ("password", "", True),
    ("password", 1234, True),
    ("pin", 1234, True),
    ("token", ["a"], True),
    ("token", None, False),
    ("token", False, False),
    ("remember_me", True, False),
    ("tokens", 512, False),
    ("max_tokens", 512, False),
    ("input_token_count", 12, False),
    ("tokens_used", 12.5, False),
    ("token_expires_in", 3600, False),
    ("max_tokens", "512", True),
    ("session_timeout", 30, False),
]


@pytest.mark.parametrize(("name", "value", "covered"), VALUES)
def test_a_count_a_flag_and_nothing_are_no_secrets(name: str, value: object, covered: bool) -> None:
    assert scrubbing("policy").SensitiveKeys().covers(name, value) is covered


def test_a_name_of_any_length_is_looked_at() -> None:
    keys = scrubbing("policy").SensitiveKeys()

    assert keys.match("a-" * 100_000 + "password")
    assert not keys.match("a-" * 100_000)
