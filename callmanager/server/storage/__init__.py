"""The only place that knows the database: engine, tables, migrations, and how a record is read from them."""
