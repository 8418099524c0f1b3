-- What the charts of the pages are drawn from.
create view curated.quality_counts as
select day, chart, label, part, count, total, measured_at from ops.quality_counts;
