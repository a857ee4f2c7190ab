"""Where the feeds stand, from the site's root. Names are ids, hence plain ASCII."""

FEEDS = "feeds"
ALL = "all"
RECEIVED = ".received"
"""after a role's id: what it is to receive, not what it owes"""


def feed_of(name: str) -> str:
    """The feed of a unit or a role by its id, or of all duties."""
    return f"{FEEDS}/{name}.ics"
