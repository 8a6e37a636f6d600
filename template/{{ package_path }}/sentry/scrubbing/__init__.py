"""The scrubbing engine decides item by item what may be sent, before the SDK sends it.

It doesn't depend on the service, so it's identical in every service and can be tested by itself.

- `policy.py`: what each policy does with each category of data, and which names are sensitive.
- `scrubber.py`: the allowlist, every field of every item with its rule.
- `rules.py`: the rules that are functions: for what the service has named, frames with source
  lines, names of spans, and messages.
- `walk.py`: the walk through an item, and through structures of any depth.
- `text.py`: the two masks for text. `credentials.py` and `personal.py` recognize shapes,
  `values.py` finds values after sensitive names, in SQL, and in error messages.
- `transport.py`: calls the scrubber for everything that the SDK sends.
"""
