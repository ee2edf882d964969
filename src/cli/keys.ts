import { Command, InvalidArgumentError, Option } from 'commander';
import { createApiKey, listApiKeys, revokeApiKeys, SCOPES, type Scope } from '../catalogue/api-keys.js';
import { loadConfig } from '../config.js';
import { API_KEY_NAME_PATTERN } from '../domain/ids.js';
import { withDatabase } from './postgres.js';

export const keysCommand = (): Command =>
  new Command('keys').description('API keys of storefronts and operators').addCommand(create()).addCommand(revoke()).addCommand(list());

const nameOption = (): Option =>
  new Option('--name <name>', 'whose it is; the reservations made with it belong to this name').makeOptionMandatory().argParser(parseName);
const jsonOption = (): Option => new Option('--json', 'for scripts');

interface CreateOptions {
  readonly name: string;
  readonly scope: readonly Scope[];
  readonly json?: true;
}

const create = (): Command =>
  new Command('create')
    .description('make a key and print it, this once')
    .addOption(nameOption())
    .addOption(
      new Option('--scope <scopes>', `any of ${SCOPES.join(', ')}, separated by commas`).makeOptionMandatory().argParser(parseScopes),
    )
    .addOption(jsonOption())
    .action(async ({ name, scope, json }: CreateOptions) => {
      const { key, id } = await withDatabase(loadConfig(), (client) => createApiKey(client, { name, scopes: scope }));
      console.log(
        json
          ? JSON.stringify({ key, id, name, scopes: scope })
          : `${key}\n\nKey ${id} of ${name}. It is not kept and cannot be shown again.`,
      );
    });

interface RevokeOptions {
  readonly name: string;
  readonly id?: string;
}

const revoke = (): Command =>
  new Command('revoke')
    .description('end the keys of a name, or one of them; processes that run notice within 3 s')
    .addOption(nameOption())
    .addOption(new Option('--id <id>', 'only this one, as `keys list` shows it').argParser(parseId))
    .action(async ({ name, id }: RevokeOptions, command: Command) => {
      const revoked = await withDatabase(loadConfig(), (client) => revokeApiKeys(client, name, id));
      if (revoked.length === 0) command.error(`error: ${name} has no live key${id === undefined ? '' : ` ${id}`}`);
      console.log(`revoked ${revoked.join(', ')}`);
    });

const list = (): Command =>
  new Command('list')
    .description('all keys, without the keys themselves')
    .addOption(jsonOption())
    .action(async ({ json }: { json?: true }) => {
      const keys = await withDatabase(loadConfig(), listApiKeys);
      if (json) return console.log(JSON.stringify(keys));
      for (const { id, name, scopes, revokedAt } of keys)
        console.log(
          `${id}  ${name.padEnd(24)} ${scopes.join(',').padEnd(14)} ${revokedAt === null ? 'live' : `revoked ${new Date(revokedAt).toISOString()}`}`,
        );
    });

function parseName(name: string): string {
  if (API_KEY_NAME_PATTERN.test(name)) return name;
  throw new InvalidArgumentError('Allowed are up to 40 lower-case letters, digits and dashes.');
}

function parseScopes(text: string): readonly Scope[] {
  const scopes = text.split(',').map((scope) => scope.trim());
  if (scopes.every(isScope)) return [...new Set(scopes)];
  throw new InvalidArgumentError(`Allowed are ${SCOPES.join(' and ')}, separated by commas.`);
}

const isScope = (text: string): text is Scope => SCOPES.some((scope) => scope === text);

function parseId(id: string): string {
  if (/^[0-9a-f]{6,64}$/.test(id)) return id;
  throw new InvalidArgumentError('An id is 6 or more hexadecimal digits.');
}
