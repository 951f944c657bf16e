"""Estimates from samples with their errors.

Here belongs what turns records of a survey with its design into estimates, standard errors, intervals and tests.
Nothing here knows indicators, codelists or tables: data, a `Design` and names of columns come as arguments.
"""

from lm_stats.estimate.survey.design import Design, DesignError, NestingWarning, SinglePSUWarning
from lm_stats.estimate.survey.estimators import covariance_of, difference, mean, proportion, ratio, total
from lm_stats.estimate.survey.independence import chi_square
from lm_stats.estimate.survey.margins import MarginError
from lm_stats.estimate.survey.quantiles import quantile
from lm_stats.estimate.survey.replicated import EmptyReplicateWarning
from lm_stats.estimate.survey.weighting import calibrate, post_stratify, rake

__all__ = [
    "Design", "DesignError", "EmptyReplicateWarning", "MarginError", "NestingWarning", "SinglePSUWarning", "calibrate",
    "chi_square", "covariance_of", "difference", "mean", "post_stratify", "proportion", "quantile", "rake", "ratio",
    "total",
]  # fmt: skip
