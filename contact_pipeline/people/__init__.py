"""Who is who: identity at ingest, a person across contacts, opt-outs on arrival, erased people known again."""
