"""Pydantic models of a bank's strategy: the one vocabulary of everything else.

`base` identity and provenance · `source` documents and clauses · `measures` units, tables, metrics
`criteria` quantities and tests · `organisation` units and sites · `duties` recurrences, deadlines
`targets` targets, assumptions, decisions · `rules` · `lifecycle` former ids, releases
`kinds` the list of all of them
"""
