-- Rows whose country nobody could read: no region of ours may read their numbers. Few, and found without reading the others.
-- Not on contact_id: that is written by the outcome, and the update would leave the row's page.
create index landed_rows_uncertain_country on raw.landed_rows (drop_key, row_number)
where 'country:uncertain' = any (repairs);
