"""The condition language: who is meant, as data. A pure library; ``docs/reference/conditions.md`` tells the rules.

``ast`` has the shapes, ``check`` what is wrong with one, ``evaluate`` answers for one person,
``compile_sql`` for everybody in the lake, ``live`` keeps the answer up to date event by event, and
``describe`` says it in words. ``spec/conditions`` holds the cases that bind them, and the browser's.
"""
