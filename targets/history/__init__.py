"""What became of the definitions over time: dated values, Git changes, releases.

`git` reads the repository · `blocks` finds records in a file's text · `steps` the changes of
records, commit by commit · `values` what was in force when · `record` both for one record
`releases` issues a release and tells what changed since
"""
