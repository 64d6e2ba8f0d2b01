"""The incremental form: what must be remembered of each person so that a condition's leaves stay true.

``feeds`` says which events a leaf asks about and how much of them must be kept, ``entries`` keeps them as
arrays, ``judge`` tells from them whether a leaf holds, and when time alone may change that. A leaf needs
little: of "at least 3 orders within 30 days" the times of the three newest.

Everything is exact, late events and ties included, up to ``entries.ENTRIES_MAX`` events of a feed per person.
"""
