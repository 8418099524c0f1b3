-- What a person may correct: profiles/corrections.py has the same list; a test holds both equal.
create or replace function core.correctable_fields() returns text[] language sql immutable parallel safe
begin atomic
    select array['name', 'given_name', 'family_name', 'email', 'phone', 'title', 'seniority', 'company', 'company_domain',
        'linkedin_url', 'location', 'country'];
end;
