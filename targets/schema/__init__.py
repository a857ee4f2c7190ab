"""Pydantic models of a bank's strategy: the one vocabulary of everything else.

`base` identity and provenance · `source` documents and clauses · `measures` units, tables, metrics ·
`criteria` quantities and tests · `organisation` units · `targets` targets, assumptions, decisions ·
`duties` recurrences and deadlines · `rules` · `kinds` the list of all of them.
"""
