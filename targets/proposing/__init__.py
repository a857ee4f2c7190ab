"""What planners are proposed: how a total might be split over units, for review."""

from .proposal import Ask, Line, Proposal, propose, proposed_id

__all__ = ["Ask", "Line", "Proposal", "propose", "proposed_id"]
