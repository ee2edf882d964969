select to_regclass('knex_migrations') is not null as ever
