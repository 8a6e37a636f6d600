# Owned by the template: copier update improves it. Yours are the files that README.md lists.
"""Free text and structures without the personal data and the credentials in them."""
