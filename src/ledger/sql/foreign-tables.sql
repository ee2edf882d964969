-- Whether a database that was never migrated has tables of somebody else.
select to_regclass('knex_migrations') is null
       and exists (select from pg_class where relkind in ('r', 'p', 'v', 'm') and relnamespace = 'public'::regnamespace) as foreign_tables
