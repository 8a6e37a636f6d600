"""Free text and structures without the personal data and the credentials in them."""
