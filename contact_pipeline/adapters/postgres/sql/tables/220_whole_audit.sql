-- Everything that is personal or permits something is audited, with a reason always; what has no contact, too.

alter table audit.changes disable trigger user;
update audit.changes set reason = 'not kept then' where reason is null;
alter table audit.changes enable trigger user;
alter table audit.changes alter column reason set not null, alter column contact_id drop not null;
select audit.keep_facts('audit.changes', stays_without_contact => true); -- row_key, too
