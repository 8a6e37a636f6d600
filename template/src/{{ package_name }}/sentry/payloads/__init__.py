"""The payloads of items, one module a family: what the lists in privacy.py cannot say."""
