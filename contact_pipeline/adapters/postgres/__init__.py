"""PostgreSQL: the only store. Connections, COPY, migrations and the SQL of every stage."""
