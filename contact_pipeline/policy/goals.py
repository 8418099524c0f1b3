"""What the figures are to reach."""

from typing import Annotated

from pydantic import Field

from contact_pipeline.core.kpis import KPI_OF, Kpi
from contact_pipeline.policy.sections import Section, Share

Days = Annotated[float, Field(gt=0)]


class GoalPolicy(Section):
    """One goal for each KPI (core/kpis.py says which way is good). high_confidence: from where on a source is
    believed."""

    high_confidence: Share = 0.9
    email_deliverability_rate: Share = KPI_OF["email_deliverability_rate"].goal
    mailable_deliverability_rate: Share = KPI_OF["mailable_deliverability_rate"].goal
    phone_validation_rate: Share = KPI_OF["phone_validation_rate"].goal
    enrichment_completeness: Share = KPI_OF["enrichment_completeness"].goal
    data_freshness: Share = KPI_OF["data_freshness"].goal
    duplicate_rate: Share = KPI_OF["duplicate_rate"].goal
    consent_coverage: Share = KPI_OF["consent_coverage"].goal
    opt_out_processing_time: Days = KPI_OF["opt_out_processing_time"].goal
    data_retention_compliance: Share = KPI_OF["data_retention_compliance"].goal
    bounce_rate: Share = KPI_OF["bounce_rate"].goal
    response_rate: Share = KPI_OF["response_rate"].goal
    enrichment_api_uptime: Share = KPI_OF["enrichment_api_uptime"].goal
    high_confidence_share: Share = KPI_OF["high_confidence_share"].goal

    def of(self, kpi: Kpi) -> float:
        """The goal of one KPI."""
        return float(getattr(self, kpi.name))
