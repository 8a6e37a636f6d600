"""The scrubbing engine: what may leave the process, decided item by item before the SDK sends it.

It imports nothing of the service, so it is the same in all of them and can be read, tested and replaced on its own:

- `policy.py`: what each policy does with each category of data.
- `fields.py`: the allowlist, every field of every item.
- `scrubber.py`: applies both to an item.
- `names.py`, `structures.py`, `sql.py`: sensitive names, structures of any depth, statements.
- `patterns.py`, `credentials.py`: free text.
- `transport.py`: calls the scrubber for everything that the SDK sends.
"""
