"""What branches really send, turned into a dataset's rows: nothing guessed, nothing lost."""
