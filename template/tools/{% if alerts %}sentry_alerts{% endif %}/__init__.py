"""Alert rules as code: the files in alerts/, and what brings Sentry into line with them.

rules: reads and checks the files       workflow: a rule as a request, and how two workflows differ
client: requests to Sentry's API        plan: what has to be done, and doing it
directory: names to ids
"""
