"""Alert rules as code: keep Sentry's alerts in sync with the files in a service's `alerts/` folder.

model: the shape of a rule file          rules: reads and checks the files
client: requests to Sentry's API         directory: names to ids and back
workflow: a rule as a request, and Sentry's alert in the words of a rule file
plan, apply, pull: the three commands    report: a plan as text, Markdown, or JSON
"""
