"""The records of the portfolio, by subject, and how databases fold their texts."""

from portfolio.models.access import AccessChange, ApiToken, ApiTokenUse, SignOnIdentity
from portfolio.models.alerts import Alert, AlertEvaluation, AlertThreshold
from portfolio.models.chips import ChipDeployment, ChipModel
from portfolio.models.downloads import Download
from portfolio.models.folding import Folded
from portfolio.models.funding import Contribution, ContributionEvent, ExchangeRate, Financier
from portfolio.models.imports import (
    ImportedFact,
    ImportedFilePart,
    ImportLayout,
    ImportRow,
    SpreadsheetImport,
)
from portfolio.models.memoranda import Memorandum, MemorandumAction
from portfolio.models.programmes import Envelope, Programme, PublishedFigure, PublishedFigureReading
from portfolio.models.projects import CostEstimate, Milestone, Project, ProjectStage
from portfolio.models.proposals import Proposal, ReviewThreshold
from portfolio.models.publications import Publication, PublishedTable
from portfolio.models.reports import BoardReport, BoardReportFile
from portfolio.models.results import (
    ChipComparison,
    ContributionState,
    DataVersion,
    EnvelopeRollup,
    EnvelopeTotal,
    EnvelopeUtilisation,
    FactChange,
    PortfolioSummary,
    PortfolioTotal,
    ProjectCoverage,
    ProjectRollup,
    Recomputation,
    RecomputeRequest,
    ResultSet,
    Verification,
)
from portfolio.models.saved_views import SavedView
from portfolio.models.scenarios import Scenario, ScenarioChange
from portfolio.models.second_factors import RecoveryCode, SecondFactor
from portfolio.models.sources import Source

__all__ = [
    "AccessChange",
    "Alert",
    "AlertEvaluation",
    "AlertThreshold",
    "ApiToken",
    "ApiTokenUse",
    "BoardReport",
    "BoardReportFile",
    "ChipComparison",
    "ChipDeployment",
    "ChipModel",
    "Contribution",
    "ContributionEvent",
    "ContributionState",
    "CostEstimate",
    "DataVersion",
    "Download",
    "Envelope",
    "EnvelopeRollup",
    "EnvelopeTotal",
    "EnvelopeUtilisation",
    "ExchangeRate",
    "FactChange",
    "Financier",
    "Folded",
    "ImportLayout",
    "ImportRow",
    "ImportedFact",
    "ImportedFilePart",
    "Memorandum",
    "MemorandumAction",
    "Milestone",
    "PortfolioSummary",
    "PortfolioTotal",
    "Programme",
    "Project",
    "ProjectCoverage",
    "ProjectRollup",
    "ProjectStage",
    "Proposal",
    "Publication",
    "PublishedFigure",
    "PublishedFigureReading",
    "PublishedTable",
    "Recomputation",
    "RecomputeRequest",
    "RecoveryCode",
    "ResultSet",
    "ReviewThreshold",
    "SavedView",
    "Scenario",
    "ScenarioChange",
    "SecondFactor",
    "SignOnIdentity",
    "Source",
    "SpreadsheetImport",
    "Verification",
]
