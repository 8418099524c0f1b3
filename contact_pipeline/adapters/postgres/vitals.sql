-- step: failed_work
-- A run is about its partitions, else about its job. Cancelled by a person is no failure.
select job, count(*) as pieces from (
    select distinct on (job, work) job, work, status
    from (
        select r.id, r.pipeline_name as job, r.status, coalesce((
            select string_agg(t.key || '=' || t.value, ' ' order by t.key) from dagster.run_tags t
            where t.run_id = r.run_id and t.key like 'dagster/%%partition%%'), '') as work
        from dagster.runs r
        where r.status in ('SUCCESS', 'FAILURE') and r.update_timestamp > %(since)s
    ) finished
    order by job, work, id desc
) last
where status = 'FAILURE' group by job
