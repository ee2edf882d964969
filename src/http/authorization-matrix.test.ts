import { createHash } from 'node:crypto';
import request from 'supertest';
import type { Issuer, Principal, UserId } from '../domain/ids.js';
import { ADMIN_KEY, confirmed, fixture, SHOP_KEY } from './fixtures/services.js';
import type { Operation } from './openapi/operation.js';
import { OPERATIONS } from './openapi/operations.js';
import { PATH_PARAMETERS } from './openapi/path-parameters.js';
import type { ApiKey, AppDependencies, TokenVerdict } from './services.js';

/** Every route of the document, which is every route there is, for everybody who may come. The reservation that is asked for is alice's, of the shop. */
const OTHER_SHOP_KEY = 'fsk_key-of-another-storefront';
const buyer = (userId: string): TokenVerdict => ({
  kind: 'buyer',
  principal: { issuer: 'storefront:shop' as Issuer, userId: userId as UserId } satisfies Principal,
});
const TOKENS: Readonly<Record<string, TokenVerdict>> = {
  'token.of.alice': buyer('alice'),
  'token.of.bob': buyer('bob'),
  'token.that.expired': { kind: 'refused', reason: 'EXPIRED' },
};
const KEYS: Readonly<Record<string, ApiKey>> = {
  [SHOP_KEY]: { name: 'shop', scopes: ['reserve'] },
  [OTHER_SHOP_KEY]: { name: 'other', scopes: ['reserve'] },
  [ADMIN_KEY]: { name: 'ops', scopes: ['admin'] },
};
const byHash = new Map(Object.entries(KEYS).map(([key, known]) => [createHash('sha256').update(key).digest('hex'), known]));

const CALLERS = {
  nobody: null,
  'an unknown key': 'fsk_key-that-nobody-has',
  'an expired token': 'token.that.expired',
  'the buyer': 'token.of.alice',
  'another buyer': 'token.of.bob',
  'the storefront': SHOP_KEY,
  'another storefront': OTHER_SHOP_KEY,
  'an operator': ADMIN_KEY,
} as const;
type Caller = keyof typeof CALLERS;

/** Written from the contract, not from the code. */
function expected({ scope, path }: Operation, caller: Caller): 'let in' | 401 | 403 | 404 {
  if (scope === null) return 'let in';
  if (caller === 'nobody' || caller === 'an unknown key' || caller === 'an expired token') return 401;
  if (scope === 'admin') return caller === 'an operator' ? 'let in' : 403;
  if (caller === 'an operator') return 403;
  const isForeign = caller === 'another buyer' || caller === 'another storefront';
  return isForeign && path.includes(':reservationId') ? 404 : 'let in';
}

const deps: Partial<AppDependencies> = {
  findApiKey: async (hash) => byHash.get(hash) ?? null,
  verifyToken: async (token) => TOKENS[token] ?? { kind: 'refused', reason: 'UNTRUSTED' },
  // Final, so that its stream ends.
  readReservation: async () => ({ kind: 'found', reservation: confirmed() }),
};

async function ask({ method, path, body }: Operation, caller: Caller): Promise<number> {
  const { app } = fixture(deps);
  const place = path.replace(/:(\w+)/g, (_, name: string) => PATH_PARAMETERS[name]?.example ?? name);
  const asked = request(app)[method](place).set('Idempotency-Key', 'k');
  const credentials = CALLERS[caller];
  if (credentials !== null) asked.set('Authorization', `Bearer ${credentials}`);
  if (body === undefined) return (await asked).status;
  const { userId, ...rest } = body.example as Record<string, unknown>;
  const isBuyer = credentials?.startsWith('token') === true;
  return (await asked.send(userId === undefined || isBuyer ? rest : { ...rest, userId })).status;
}

const REFUSED = new Set([401, 403]);
const verdictOf = (status: number, { path }: Operation) =>
  REFUSED.has(status) || (status === 404 && path.includes(':reservationId')) ? status : 'let in';

describe.each(OPERATIONS.map((operation) => [`${operation.method.toUpperCase()} ${operation.path}`, operation] as const))(
  '%s',
  (_, operation) => {
    test.each(Object.keys(CALLERS) as Caller[])('%s', async (caller) => {
      const status = await ask(operation, caller);
      expect(status).toBeLessThan(500);
      expect(verdictOf(status, operation)).toBe(expected(operation, caller));
    });
  },
);
