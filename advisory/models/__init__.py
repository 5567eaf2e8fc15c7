"""The records of advice, by subject."""

from advisory.models.choices import AdviceThreshold, DigestChoice, DigestSent
from advisory.models.engagements import (
    Adviser,
    AdviserCapacity,
    AdvisoryDeliverable,
    AdvisoryEngagement,
    AdvisoryProvider,
    AdvisoryWorkPackage,
)
from advisory.models.readiness import (
    ReadinessAssessment,
    ReadinessCriterion,
    ReadinessScale,
    ReadinessScore,
)
from advisory.models.requests import AdvisoryMeeting, AdvisoryNote, AdvisoryRequest, AdvisoryTriage
from advisory.models.results import (
    AdvisoryCase,
    AdvisoryFunnel,
    AdvisoryOutcome,
    AdvisoryReadiness,
    SignedWindow,
)

__all__ = [
    "AdviceThreshold",
    "Adviser",
    "AdviserCapacity",
    "AdvisoryCase",
    "AdvisoryDeliverable",
    "AdvisoryEngagement",
    "AdvisoryFunnel",
    "AdvisoryMeeting",
    "AdvisoryNote",
    "AdvisoryOutcome",
    "AdvisoryProvider",
    "AdvisoryReadiness",
    "AdvisoryRequest",
    "AdvisoryTriage",
    "AdvisoryWorkPackage",
    "DigestChoice",
    "DigestSent",
    "ReadinessAssessment",
    "ReadinessCriterion",
    "ReadinessScale",
    "ReadinessScore",
    "SignedWindow",
]
