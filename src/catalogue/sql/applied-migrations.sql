select name
from knex_migrations
