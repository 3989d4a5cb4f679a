"""What may be asked of a trial: a plan, what is wrong with it, and who may ask."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from invitations.errors import NotAllowed, TrialRefused
from invitations.models import Agent, AgentRole, Category, CategorySettings, Mode, Organisation, Role
from invitations.statistics.definitions import HORIZONS
from invitations.statistics.sample_size import per_arm

MOST_LOOKS = 5
LONGEST_NAME = 120


class TrialFault(StrEnum):
    """What is wrong with a trial as asked for: `TrialRefused.details["fault"]`."""

    NAME = "name"  # none, or too long
    ARMS = "arms"  # not two or three different modes
    ORGANISATIONS = "organisations"  # none, or one of another département
    NOT_HANDLED = "not_handled"  # an organisation does not handle the category; `organisations`: their names
    MODE_NOT_ALLOWED = "mode_not_allowed"  # an organisation allows not all of the arms; `organisations`
    HORIZON = "horizon"
    HYPOTHESIS = "hypothesis"  # two different shares between 1 % and 99 %
    POWER = "power"  # 70 % to 95 %
    LOOKS = "looks"  # one to five
    NOT_DRAFT = "not_draft"
    NOT_RUNNING = "not_running"
    ALREADY_RUNNING = "already_running"  # an organisation draws lots for this category already; `organisations`
    NOTE = "note"  # why it ends: in words, 500 letters at most


@dataclass(frozen=True, slots=True)
class Plan:
    """What an administrator asks for. Shares are between 0 and 1; the first arm is what others are compared with."""

    name: str
    category_id: int
    organisation_ids: tuple[int, ...]
    arms: tuple[Mode, ...]
    horizon_days: int = 45
    expected_from: float = 0.6
    expected_to: float = 0.7
    power: float = 0.8
    looks: int = 3

    @property
    def per_arm(self) -> int:
        """The planned number of people in each arm."""
        return per_arm(self.expected_from, self.expected_to, power=self.power, arms=len(self.arms), looks=self.looks)


def check(session: Session, plan: Plan, agent: Agent) -> int:
    """The département that the trial is of. Raises TrialRefused, NotAllowed."""
    _check_words(plan)
    check_may(session, plan.organisation_ids, agent)
    category = session.get(Category, plan.category_id)
    those = session.scalars(select(Organisation).where(Organisation.id.in_(plan.organisation_ids)))
    if category is None or {one.department_id for one in those} != {category.department_id}:
        raise TrialRefused(fault=TrialFault.ORGANISATIONS)
    _check_handled(session, plan)
    return category.department_id


def _check_words(plan: Plan) -> None:
    shares = (plan.expected_from, plan.expected_to)
    faults = (
        (TrialFault.NAME, not 0 < len(plan.name.strip()) <= LONGEST_NAME),
        (TrialFault.ARMS, not 2 <= len(plan.arms) <= 3 or len(set(plan.arms)) < len(plan.arms)),
        (TrialFault.ORGANISATIONS, not plan.organisation_ids),
        (TrialFault.HORIZON, plan.horizon_days not in HORIZONS),
        (TrialFault.HYPOTHESIS, shares[0] == shares[1] or not all(0.01 <= one <= 0.99 for one in shares)),
        (TrialFault.POWER, not 0.7 <= plan.power <= 0.95),
        (TrialFault.LOOKS, not 1 <= plan.looks <= MOST_LOOKS),
    )
    for fault, is_so in faults:
        if is_so:
            raise TrialRefused(fault=fault)


def _check_handled(session: Session, plan: Plan) -> None:
    """Every organisation handles the category, and may address people in every arm."""
    query = select(CategorySettings).where(
        CategorySettings.organisation_id.in_(plan.organisation_ids),
        CategorySettings.category_id == plan.category_id,
        CategorySettings.closed_at.is_(None),
    )
    handled = session.scalars(query.order_by(CategorySettings.organisation_id)).all()
    if {one.organisation_id for one in handled} != set(plan.organisation_ids):
        raise TrialRefused(fault=TrialFault.NOT_HANDLED)
    if any(set(plan.arms) - {Mode(mode) for mode in one.modes} for one in handled):
        raise TrialRefused(fault=TrialFault.MODE_NOT_ALLOWED)


def check_may(session: Session, organisation_ids: Sequence[int], agent: Agent) -> None:
    """An administrator of each of the organisations. Raises NotAllowed."""
    mine = session.scalars(
        select(AgentRole.organisation_id).where(AgentRole.agent_id == agent.id, AgentRole.role == Role.ADMIN)
    )
    if not set(organisation_ids) <= set(mine):
        raise NotAllowed
