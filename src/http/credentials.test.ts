import { createHmac } from 'node:crypto';
import { SignJWT } from 'jose';
import request from 'supertest';
import { AUDIENCE, IdentityProvider, ISSUER, rightClaims } from '../../test/support/identity-provider.js';
import { PublishedKeys } from '../identity/published-keys.js';
import { secretKeys } from '../identity/secret-keys.js';
import { createVerifyToken } from '../identity/verify-token.js';
import { createLog, createPino } from '../telemetry/log.js';
import { fixture, NOW } from './fixtures/services.js';

/** Tokens as they must not be, over HTTP and through the code that checks them: once with a secret, once with published keys. */
const SECRET = 'a-secret-of-the-tests-that-is-long-enough';
const LEEWAY_SECONDS = 5;
const now = Math.floor(NOW / 1000);
const lines: string[] = [];
const logger = createPino('debug', { write: (line) => void lines.push(line) });
let provider: IdentityProvider;
let publicKey: string;

beforeAll(async () => {
  provider = await IdentityProvider.start({ now: () => NOW });
  publicKey = await provider.newestAsPem();
});
afterEach(() => lines.splice(0));
afterAll(() => provider.close());

const encoded = (value: unknown): string => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');

/** By hand: no library signs what is wrong. */
function hmacToken(header: object, payload: unknown, secret: string, hash = 'sha256'): string {
  const signed = `${encoded(header)}.${encoded(payload)}`;
  return `${signed}.${createHmac(hash, secret).update(signed).digest('base64url')}`;
}

interface Signer {
  readonly right: (sub: unknown, claims?: object, header?: object) => Promise<string>;
  readonly app: () => Promise<ReturnType<typeof fixture>['app']>;
}

const bySecret: Signer = {
  right: async (sub, claims, header) => hmacToken({ alg: 'HS256', ...header }, rightClaims(sub, NOW, claims), SECRET),
  app: async () => appWith(['HS256'], await secretKeys(SECRET, ['HS256'])),
};

const byKeyPair: Signer = {
  right: (sub, claims, header) => provider.token(sub, claims, header),
  app: async () => {
    const fetch = async () => provider.keySet();
    const clock = { monotonic: () => 0, sleep: async () => undefined };
    const published = new PublishedKeys({ fetch, clock, refreshMs: 1, cooldownMs: 1, onFetched: () => undefined });
    return appWith(['RS256', 'ES256'], published.find);
  },
};

function appWith(algorithms: string[], findKey: Parameters<typeof createVerifyToken>[0]['findKey']) {
  const config = { issuer: ISSUER, audience: AUDIENCE, storefront: 'shop', algorithms, leewaySeconds: LEEWAY_SECONDS };
  const log = createLog(logger);
  const onRefused = (reason: string, why: string) => log.debug('a token was refused', { reason, why });
  return fixture({ verifyToken: createVerifyToken({ config, findKey, clock: { now: () => NOW }, onRefused }), log: logger }).app;
}

const SIGNERS = [
  ['a secret', bySecret],
  ['published keys', byKeyPair],
] as const;

const UNKNOWN = 'The credentials are malformed, unknown, or not signed by a key that is trusted here';
const EXPIRED = 'The token has expired';
const EARLY = 'The token is not valid yet';
const NOT_OURS = 'The token was issued by, or for, somebody else';
const ENDLESS = 'The token has no exp, or none that is a time';
const NO_BUYER = 'The subject of the token is missing, or cannot be a user id';

async function ask({ app }: Signer, token: string, path = '/v1/reservations') {
  return await request(await app())
    .post(path)
    .set('Authorization', `Bearer ${token}`)
    .set('Idempotency-Key', 'key-1')
    .send({ skuId: 'sneaker-42', quantity: 1 });
}

async function expectRefused(signer: Signer, token: string, description: string): Promise<void> {
  const res = await ask(signer, token);
  expect([res.status, res.body.code, res.body.detail]).toEqual([401, 'UNAUTHENTICATED', `${description}.`]);
  expect(res.headers['www-authenticate']).toBe(`Bearer realm="flashsale", error="invalid_token", error_description="${description}"`);
  const shown = [...lines, res.text, JSON.stringify(res.headers)].join('\n');
  expect(lines.join('')).toContain('"status":401');
  for (const part of [...token.split('.').filter((text) => text.length > 8), 'mallory', SECRET]) expect(shown).not.toContain(part);
}

describe.each(SIGNERS)('signed with %s', (_name, signer) => {
  test('a right one is the buyer', async () => {
    expect((await ask(signer, await signer.right('mallory'))).body).toMatchObject({ status: 'QUEUED', userId: 'mallory' });
  });

  test.each<[string, object, string]>([
    ['expired', { exp: now - LEEWAY_SECONDS }, EXPIRED],
    ['not yet valid', { nbf: now + LEEWAY_SECONDS + 1 }, EARLY],
    ['without an end', { exp: undefined }, ENDLESS],
    ['with an end that is no number', { exp: String(now + 60) }, ENDLESS],
    ['with an end of null', { exp: null }, ENDLESS],
    ['with a beginning that is no number', { nbf: '0' }, UNKNOWN],
    ['of another issuer', { iss: 'https://id.example' }, NOT_OURS],
    ['of no issuer', { iss: undefined }, NOT_OURS],
    ['of many issuers', { iss: [ISSUER] }, NOT_OURS],
    ['for another audience', { aud: 'flashsale-staging' }, NOT_OURS],
    ['for other audiences', { aud: ['flashsal', 'flashsale '] }, NOT_OURS],
    ['for no audience', { aud: undefined }, NOT_OURS],
    ['without a subject', { sub: undefined }, NO_BUYER],
    ['of an empty subject', { sub: '' }, NO_BUYER],
    ['of 129 characters', { sub: 'm'.repeat(129) }, NO_BUYER],
    ['of 8,000 characters', { sub: 'm'.repeat(8_000) }, NO_BUYER],
    ['of a subject with NUL', { sub: 'mallory\u0000' }, NO_BUYER],
    ['of a subject with a control character', { sub: 'mal\u0007lory' }, NO_BUYER],
    ['of a subject with a line end', { sub: 'mallory\n' }, NO_BUYER],
    ['of a subject with a space', { sub: ' mallory' }, NO_BUYER],
    ['of a subject beyond ASCII', { sub: 'm\u0430llory' }, NO_BUYER],
    ['of a subject that is half a character', { sub: 'mallory\ud800' }, NO_BUYER],
    ['of a subject that is a number', { sub: 42 }, NO_BUYER],
    ['of a subject that is a list', { sub: ['mallory'] }, NO_BUYER],
  ])('%s', async (_what, claims, description) => {
    await expectRefused(signer, await signer.right('mallory', claims), description);
  });

  test.each<[string, (right: string) => string]>([
    ['no token', () => 'abc'],
    ['three dots', () => '...'],
    ['nothing between dots', () => '..'],
    ['not base64', () => 'ä.b.c'.normalize('NFD').replaceAll(/[^a-z.]/g, '!')],
    ['five parts', (right) => `${right}.b.c`],
    ['two parts', (right) => right.split('.').slice(0, 2).join('.')],
    ['without its signature', (right) => `${right.split('.').slice(0, 2).join('.')}.`],
    ['changed after it was signed', (right) => right.replace(/\.[^.]+\./, `.${encoded(rightClaims('mallory', NOW, { admin: true }))}.`)],
    ['a payload that is a list', () => hmacToken({ alg: 'HS256' }, [1], SECRET)],
    ['a header that is a text', (right) => right.replace(/^[^.]+/, encoded('"HS256"'))],
    ['a header that is not JSON', (right) => right.replace(/^[^.]+/, encoded('{"alg":'))],
    ['alg none', (right) => `${encoded({ alg: 'none' })}.${right.split('.')[1]}.`],
    ['alg none, signed', (right) => right.replace(/^[^.]+/, encoded({ alg: 'none' }))],
    ['alg NONE', (right) => `${encoded({ alg: 'NONE', typ: 'JWT' })}.${right.split('.')[1]}.`],
    ['no alg', (right) => right.replace(/^[^.]+/, encoded({ typ: 'JWT' }))],
    ['alg a list', (right) => right.replace(/^[^.]+/, encoded({ alg: ['HS256', 'RS256'] }))],
    ['an extension that must be understood', () => hmacToken({ alg: 'HS256', crit: ['x'], x: 1 }, rightClaims('mallory', NOW), SECRET)],
    ['another secret', () => hmacToken({ alg: 'HS256' }, rightClaims('mallory', NOW), `${SECRET}!`)],
    ['an empty secret', () => hmacToken({ alg: 'HS256' }, rightClaims('mallory', NOW), '')],
    ['HS512, which is not allowed', () => hmacToken({ alg: 'HS512' }, rightClaims('mallory', NOW), SECRET, 'sha512')],
    ['the public key taken for a secret', () => hmacToken({ alg: 'HS256', kid: 'key-1' }, rightClaims('mallory', NOW), publicKey)],
    ['... without its last line end', () => hmacToken({ alg: 'HS256', kid: 'key-1' }, rightClaims('mallory', NOW), publicKey.trim())],
    ['... and signed as what it is not', () => hmacToken({ alg: 'RS256', kid: 'key-1' }, rightClaims('mallory', NOW), publicKey)],
    ['forged and expired: only the first is told', () => hmacToken({ alg: 'HS256' }, rightClaims('mallory', NOW, { exp: 1 }), 'x')],
    ['14 kB of nothing', () => `${'e'.repeat(14_000)}.e.e`],
    ['an API key that is none', () => 'fsk_short'],
    ['an unknown API key', () => 'fsk_unknown-key-of-nobody'],
  ])('%s', async (_what, make) => {
    await expectRefused(signer, make(await signer.right('mallory')), UNKNOWN);
  });

  test('within the leeway it is good', async () => {
    for (const claims of [{ exp: now - LEEWAY_SECONDS + 1 }, { nbf: now + LEEWAY_SECONDS }, { aud: ['other', AUDIENCE] }]) {
      expect((await ask(signer, await signer.right('mallory', claims))).status).toBe(202);
    }
  });

  test('whatever it claims, it opens no admin route', async () => {
    const token = await signer.right('mallory', { scope: 'admin', scopes: ['admin'], roles: ['admin'] });
    const res = await ask(signer, token, '/v1/admin/skus/sneaker-42/pause');
    expect([res.status, res.body.code]).toEqual([403, 'FORBIDDEN']);
    expect(res.headers['www-authenticate']).toBe('Bearer realm="flashsale", error="insufficient_scope", scope="admin"');
  });
});

describe('with published keys', () => {
  test('an unknown key id, or one of another key', async () => {
    await expectRefused(byKeyPair, await provider.token('mallory', {}, { kid: 'key-0' }), UNKNOWN);
    await expectRefused(byKeyPair, await provider.token('mallory', {}, { kid: '../key-1' }), UNKNOWN);
    await provider.addKey();
    await expectRefused(byKeyPair, await provider.token('mallory', {}, { kid: 'key-1' }), UNKNOWN);
  });

  test('a key that the token brings along, or an address to fetch it from, is not trusted', async () => {
    const stranger = await IdentityProvider.start({ now: () => NOW });
    const { kid, pair, jwk } = stranger.newest;
    const token = await new SignJWT(rightClaims('mallory', NOW))
      .setProtectedHeader({ alg: 'RS256', kid, jwk, jku: stranger.url })
      .sign(pair.privateKey);
    await expectRefused(byKeyPair, token, UNKNOWN);
    expect(stranger.fetches).toBe(0);
    await stranger.close();
  });
});
