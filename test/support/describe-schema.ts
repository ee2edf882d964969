import type { ClientBase } from 'pg';

interface Described {
  readonly definition: string;
}

/**
 * Tables, their triggers and what these call, as the catalogue of PostgreSQL describes them, in a form that is the same for every version from 15 on; pg_dump's is not,
 * and is not there on every machine.
 */
export async function describeSchema(client: ClientBase): Promise<string> {
  const functions = await client.query<Described>(FUNCTIONS);
  const tables = await client.query<Described>(TABLES);
  const header = '-- What the migrations in db/migrations add up to. Compared by a test, which also says how to renew it; not for running.';
  return `${[header, ...[...functions.rows, ...tables.rows].map(({ definition }) => definition)].join('\n\n')}\n`;
}

const FUNCTIONS = `
select format('create function %I(%s) returns %s language %s as $$%s$$;', p.proname, pg_get_function_arguments(p.oid),
              pg_get_function_result(p.oid), l.lanname, p.prosrc) as definition
from pg_proc p
join pg_language l on l.oid = p.prolang
where p.pronamespace = 'public'::regnamespace
order by p.proname collate "C"`;

const TABLES = `
select format(E'create table %I (\\n%s\\n)%s;%s%s', c.relname,
              concat_ws(E',\\n', columns.text, constraints.text),
              ' with (' || array_to_string(c.reloptions, ', ') || ')',
              indexes.text, triggers.text) as definition
from pg_class c
cross join lateral (
  select string_agg(format('  %I %s%s%s%s', a.attname, format_type(a.atttypid, a.atttypmod),
                           ' collate ' || quote_ident(co.collname),
                           case when a.attnotnull then ' not null' end,
                           ' default ' || pg_get_expr(d.adbin, d.adrelid)), E',\\n' order by a.attnum) as text
  from pg_attribute a
  join pg_type t on t.oid = a.atttypid
  left join pg_collation co on co.oid = a.attcollation and a.attcollation <> t.typcollation
  left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
  where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
) columns
cross join lateral (
  -- 18 lists NOT NULL here too
  select string_agg(format('  constraint %I %s', k.conname, pg_get_constraintdef(k.oid)), E',\\n' order by k.contype desc, k.conname) as text
  from pg_constraint k where k.conrelid = c.oid and k.contype <> 'n'
) constraints
cross join lateral (
  select string_agg(format(E'\\n%s;', pg_get_indexdef(i.indexrelid)), '' order by i.indexrelid::regclass::text) as text
  from pg_index i
  where i.indrelid = c.oid and not exists (select from pg_constraint k where k.conindid = i.indexrelid)
) indexes
cross join lateral (
  select string_agg(format(E'\\n%s;', pg_get_triggerdef(t.oid, true)), '' order by t.tgname) as text
  from pg_trigger t
  where t.tgrelid = c.oid and not t.tgisinternal
) triggers
where c.relkind = 'r' and c.relnamespace = 'public'::regnamespace and c.relname not like 'knex%'
order by c.relname collate "C"`;
