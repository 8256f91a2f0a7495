"""How the database grew: small numbered migrations, run by `assistant.database.migrate`."""
