-- $1 process of a connection of our own. Its statement would go on after the process that asked for it.
select pg_cancel_backend($1::integer)
