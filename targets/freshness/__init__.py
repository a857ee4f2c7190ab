"""Whether the definitions are still what their sources say, and who last made sure."""
