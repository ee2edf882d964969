import { VARIABLES, type Variable } from './variables.js';

export interface ConfigRow {
  readonly name: string;
  readonly fallback: string;
  readonly allowed: string;
  readonly help: string;
  readonly secret: boolean;
}

/** Every variable of the service, in reading order. */
export function configTable(): readonly ConfigRow[] {
  return Object.entries<Variable>(VARIABLES).map(([name, { fallback, allowed, help, secret }]) => ({
    name,
    fallback,
    allowed,
    help,
    secret,
  }));
}

/** The README's table; a test compares the two. */
export function configMarkdown(rows: readonly ConfigRow[] = configTable()): string {
  const cell = (value: string): string => value.replaceAll('|', '\\|');
  const lines = rows.map(({ name, fallback, allowed, help, secret }) => {
    const words = `${help}${secret ? ' (secret)' : ''}`;
    return `| \`${name}\` | \`${cell(fallback)}\` | ${cell(words)} | ${cell(allowed)} |`;
  });
  return ['| variable | default | what it is | allowed |', '|---|---|---|---|', ...lines].join('\n');
}
