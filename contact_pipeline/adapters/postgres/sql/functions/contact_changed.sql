-- A person's field changed, by whatever hand: count it, and let a new address or number lose the old one's verdict
-- and keys, so that it cannot be contacted before it is judged. A statement that raises `version` itself has kept the
-- books (bulk updates: a row trigger costs 10 us a row, asking for the actor 20 more), but not of an address or a number.
create or replace function core.contact_changed() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
    -- What a hand replaces stays known as a further one, as the stages keep what they replace: an opt-out of the old
    -- address still stops the person, and a list that still has it finds them.
    if new.version = old.version then
        insert into core.contact_points (contact_id, kind, value, position, email_key, phone_key, phone_e164)
        select old.id, v.kind, v.old_value, 0, v.email_key, v.phone_key, v.phone_e164
        from (values
            ('email', old.email, new.email, old.email_key, null::bytea, null::text),
            ('phone', old.phone, new.phone, null, old.phone_key, old.phone_e164)
        ) v (kind, old_value, new_value, email_key, phone_key, phone_e164)
        where v.old_value <> v.new_value
        on conflict (contact_id, kind, value) do nothing;
        new.version := old.version + 1;
        new.updated_at := now();
        new.updated_by := coalesce(audit.actor(), session_user);
        new.updated_login := session_user;
    end if;
    -- What was found of the old values confirms nothing of the new ones.
    if (old.name, old.email, old.title, old.company) is distinct from (new.name, new.email, new.title, new.company) then
        delete from core.identity_checks where contact_id = old.id;
        new.identity_confidence := null;
        new.identity_verified_at := null;
    end if;
    if new.email is distinct from old.email then
        new.email_status := 'unknown';
        new.email_sub_status := 'not_checked';
        new.email_verified_at := null;
        new.email_due_at := null;
        new.email_deliverability_score := null;
        new.email_is_free := null;
        new.email_typo_suggestion := null;
        new.can_email := false;
        new.email_mailbox_verified_at := null;
        new.email_last_active_at := null;
        new.email_last_active_until := null;
        new.email_engagement_score := null;
        new.email_open_likelihood := null;
        new.email_click_likelihood := null;
        new.email_risk_score := null;
        new.email_activity_verified_at := null;
        -- What came back was about the old address, and is known of it; a word against the channel is about the person.
        if old.hard_bounce and old.email_key is not null and not core.has_bounced(old.email_key) then
            insert into core.suppressions (subject_key, channel, reason, source)
            values (old.email_key, 'email', 'hard_bounce', 'contact');
        end if;
        new.hard_bounce := false;
        new.soft_bounce := false;
        new.soft_bounce_count := 0;
        new.email_found_status := null;
        new.email_found_sub_status := null;
        if new.suppress_email_reason = 'hard_bounce' then
            new.suppress_email := false;
            new.suppress_email_reason := null;
        end if;
        if new.email_key is not distinct from old.email_key then new.email_key := null; end if;
    end if;
    if new.phone is distinct from old.phone then
        new.phone_e164 := null;
        new.phone_extension := null;
        new.phone_key := null;
        new.phone_country := null;
        new.phone_type := null;
        new.phone_carrier := null;
        new.phone_status := 'unknown';
        new.phone_sub_status := 'not_checked';
        new.phone_verified_at := null;
        new.phone_due_at := null;
        new.can_call := false;
        new.phone_active := null;
        new.phone_voip_kind := null;
        new.phone_carrier_verified_at := null;
    elsif new.country is distinct from old.country and new.phone_sub_status in ('region_unknown', 'ambiguous_region') then
        new.phone_due_at := null; -- now there is a region to read the number by
    end if;
    return new;
end $$;
