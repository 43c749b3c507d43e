"""The report: figures of some days with their thresholds, verdicts and the period before, in several forms."""
