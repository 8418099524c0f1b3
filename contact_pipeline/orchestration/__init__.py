"""The Dagster edge: assets, jobs, schedules, sensors, resources; nothing else imports Dagster."""
