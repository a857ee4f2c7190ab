"""Everything that faces readers: fonts, search and the Sphinx extensions of the handbook."""
