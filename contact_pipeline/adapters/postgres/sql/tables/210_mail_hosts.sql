-- Whose servers take a domain's mail, in a word of emails/mail_hosts.py; empty until DNS is asked again.

alter table ops.domains add column mail_host_family text;

-- It told families by the domain itself. The view that used it is made anew with all views.
drop view if exists curated.verdict_quality;
drop function if exists core.mail_host_family(text);
