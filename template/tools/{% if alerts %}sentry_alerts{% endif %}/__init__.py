# Owned by the template: copier update improves it. Yours are the files that README.md lists.
"""Alert rules as code: the files in alerts/, and the command that brings Sentry into line with them.

The files: `rule`, `conditions`, `comparisons` and `actions` say what may stand in one, `validate` reads a folder of
them, `source` and `wording` say where and what is wrong, and `meaning` finds the rules that would never fire.

The way to Sentry: `settings`, `client`, `refusals`; `directory` and `body` turn names into ids; `normal` and `compare`
find what differs, `words` says it, `plan` and `apply` are the two halves of the command, and `cli` is its surface.
"""
