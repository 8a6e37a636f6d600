# Owned by the template: copier update improves it. Yours are the files that README.md lists.
"""The payloads of items, one module a family: what the lists in privacy.py cannot say."""
