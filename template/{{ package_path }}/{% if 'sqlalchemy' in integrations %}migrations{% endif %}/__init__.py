# Owned by the template.
"""How the tables of models.py came about: a file for each step in `versions/`, which is yours."""
