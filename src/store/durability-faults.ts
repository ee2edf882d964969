import type { ClientBase } from 'pg';

/** With one of these off a commit is forgotten when the server or its machine dies, and with it units that buyers were told they have. */
const NEEDED = ['fsync', 'synchronous_commit', 'full_page_writes'];

/** @returns what makes commits of this session less than durable, in words */
export async function durabilityFaults(client: ClientBase): Promise<readonly string[]> {
  const { rows } = await client.query<{ name: string }>(
    `select name from unnest($1::text[]) as needed (name) where current_setting(name) = 'off' order by name`,
    [NEEDED],
  );
  return rows.map(
    ({ name }) =>
      `PostgreSQL runs with ${name} = off for this user and database: what it has committed is forgotten when it dies.\n` +
      `Switch it on: ${name === 'synchronous_commit' ? `alter role ... reset ${name}, or in` : 'in'} postgresql.conf.`,
  );
}
