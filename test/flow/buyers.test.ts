import { SignJWT } from 'jose';
import type { Reservation } from '../../clients/typescript/src/flashsale.js';
import { createApiKey } from '../../src/catalogue/api-keys.js';
import { Client } from '../support/client.js';
import { SHOP } from '../support/commands.js';
import { eventually } from '../support/eventually.js';
import { AUDIENCE, IdentityProvider, ISSUER, rightClaims } from '../support/identity-provider.js';
import { runProgram } from '../support/program.js';
import { type OpenApi, Site } from '../support/site.js';

/** Who calls, on the real servers: buyers with tokens of their own beside the storefront whose buyers they are. */
const SECRET = 'a-secret-of-the-tests-that-is-long-enough';
let site: Site;
let provider: IdentityProvider;
let api: OpenApi;
let shop: Client;
const clients: Client[] = [];

beforeAll(async () => {
  [site, provider] = await Promise.all([Site.open(), IdentityProvider.start()]);
  await site.startWriter();
  api = await site.startApi({
    ...provider.environment(SHOP),
    FLASHSALE_JWT_JWKS_TIMEOUT_MS: '1000',
    FLASHSALE_JWT_JWKS_REFRESH_SECONDS: '1',
    FLASHSALE_JWT_JWKS_COOLDOWN_SECONDS: '1',
  });
  shop = api.client;
});

afterAll(async () => {
  await Promise.all(clients.map((client) => client.close()));
  await site.close();
  await provider.close();
});

function bearing(credentials: string, { url }: OpenApi = api): Client {
  const client = new Client({ url, apiKey: credentials, onAccepted: (id) => site.accepted.add(id) });
  clients.push(client);
  return client;
}

const buyer = async (name: string): Promise<Client> => bearing(await provider.token(name));
const PAID = { paymentReference: 'pi_1' };
const refused = (status: number, code: string) => ({ status, body: { code } });

const reserved = (sku: string, by: Client): Promise<Reservation> => by.hold({ sku });

test('a buyer reserves, reads, confirms and cancels', async () => {
  await shop.open('lamp', 5);
  const ann = await buyer('auth0|ann');
  const [kept, left] = [await reserved('lamp', ann), await reserved('lamp', ann)];
  expect(kept.userId).toBe('auth0|ann');
  expect(await ann.reservation(kept.reservationId)).toMatchObject({ status: 200, body: { status: 'RESERVED', userId: 'auth0|ann' } });
  expect(await ann.change(kept.reservationId, 'confirm', PAID)).toMatchObject({ status: 200, body: { status: 'CONFIRMED' } });
  expect(await ann.change(left.reservationId, 'cancel')).toMatchObject({ status: 200, body: { status: 'CANCELLED' } });
});

test('another’s is not there, and stays as it is; the storefront has it', async () => {
  await shop.open('vest', 5);
  const [ann, bob] = [await buyer('ann'), await buyer('bob')];
  const { key } = await createApiKey(site.sql, { name: 'rival', scopes: ['reserve'] });
  const { reservationId: id } = await reserved('vest', ann);
  for (const stranger of [bob, bearing(key)]) {
    expect(await stranger.reservation(id)).toMatchObject(refused(404, 'NOT_FOUND'));
    for (const what of ['confirm', 'cancel', 'extend'] as const)
      expect(await stranger.change(id, what, what === 'confirm' ? PAID : {})).toMatchObject(refused(404, 'NOT_FOUND'));
  }
  expect(await shop.reservation(id)).toMatchObject({ status: 200, body: { status: 'RESERVED', userId: 'ann' } });
  expect(await site.decisions('vest')).toEqual(['CONFIGURED', 'RESERVED']);
});

test('one buyer has one limit and one set of keys, with a token and through the storefront', async () => {
  await shop.open('shoe', 100, { perUserLimit: 2 });
  const ann = await buyer('ann');
  const first = await ann.reserve({ sku: 'shoe', key: 'one', wait: 10 });
  expect(first.status).toBe(201);
  const repeat = await shop.reserve({ sku: 'shoe', user: 'ann', key: 'one', wait: 10 });
  expect(repeat.body.reservationId).toBe(first.body.reservationId);
  expect(await shop.reserve({ sku: 'shoe', user: 'ann', wait: 10 })).toMatchObject({ status: 201 });
  expect(await ann.reserve({ sku: 'shoe', wait: 10 })).toMatchObject(refused(409, 'USER_LIMIT_EXCEEDED'));
  expect(await shop.reserve({ sku: 'shoe', user: 'ann', wait: 10 })).toMatchObject(refused(409, 'USER_LIMIT_EXCEEDED'));
  expect(await shop.reserve({ sku: 'shoe', user: 'bob', wait: 10 })).toMatchObject({ status: 201 });
});

test('a buyer opens no admin route and names no other buyer', async () => {
  const ann = await buyer('ann');
  expect(await ann.putSku('mine', { total: 1 })).toMatchObject(refused(403, 'FORBIDDEN'));
  expect(await ann.adjust('lamp', 1)).toMatchObject(refused(403, 'FORBIDDEN'));
  expect(await ann.turn('lamp', 'pause')).toMatchObject(refused(403, 'FORBIDDEN'));
  expect(await ann.reserve({ sku: 'lamp', user: 'bob' })).toMatchObject(refused(400, 'INVALID_USER_ID'));
});

test('tokens signed with a secret, on another process: the same buyer', async () => {
  const second = await site.startApi({
    ...provider.environment(SHOP),
    FLASHSALE_JWT_JWKS_URL: '',
    FLASHSALE_JWT_SECRET: SECRET,
  });
  const signed = (secret: string): Promise<string> =>
    new SignJWT(rightClaims('ann', Date.now(), { iss: ISSUER, aud: AUDIENCE }))
      .setProtectedHeader({ alg: 'HS256' })
      .sign(new TextEncoder().encode(secret));
  await shop.open('mug', 5);
  const { reservationId: id } = await reserved('mug', await buyer('ann'));
  expect(await bearing(await signed(SECRET), second).reservation(id)).toMatchObject({ status: 200 });
  expect(await bearing(await signed(`${SECRET}!`), second).reservation(id)).toMatchObject(refused(401, 'UNAUTHENTICATED'));
  expect(await bearing(await provider.token('ann'), second).reservation(id)).toMatchObject(refused(401, 'UNAUTHENTICATED'));
});

test('a key that is created works at once; revoked, it is refused within 5 s by a process that runs', async () => {
  await shop.open('book', 5);
  const run = async (...args: string[]): Promise<string> => {
    const { code, stdout, stderr } = await runProgram(['keys', ...args], site.environmentOfTools());
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    return stdout;
  };
  const { key, id } = JSON.parse(await run('create', '--name', 'outlet', '--scope', 'reserve', '--json'));
  const outlet = bearing(key);
  const { body } = await outlet.reserve({ sku: 'book', user: 'ann', wait: 10 });
  expect(await outlet.putSku('book', {})).toMatchObject(refused(403, 'FORBIDDEN'));
  expect(await run('revoke', '--name', 'outlet', '--id', id)).toBe(`revoked ${id}\n`);
  // It goes on being used, so that what the process remembers of it is as fresh as can be.
  const refusal = await eventually(async () => {
    const answer = await outlet.reservation(body.reservationId);
    return answer.status === 401 && { answer, at: Date.now() };
  });
  const { rows } = await site.sql.query<{ at: Date }>('select revoked_at as at from api_keys where name = $1', ['outlet']);
  expect(refusal.at - Number(rows[0]?.at)).toBeLessThan(5_000);
  expect(refusal.answer.headers['www-authenticate']).toContain('error="invalid_token"');
});

test('keys change: the new one is good at once, the old one until it is withdrawn', async () => {
  const old = await buyer('ann');
  await provider.addKey();
  await eventually(async () => expect(await (await buyer('ann')).reserve({ sku: 'lamp', wait: 10 })).toMatchObject({ status: 201 }));
  expect((await old.reserve({ sku: 'lamp', wait: 10 })).status).toBe(201);
  provider.withdrawOldKeys();
  await eventually(async () => (await old.reservation('0190b7a0-0000-8000-8000-000000000000')).status === 401);
});

test('with the publisher silent its keys go on, a new one has to wait, and the process stays ready', async () => {
  await shop.open('bowl', 5);
  const ann = await buyer('ann');
  provider.answer = 'silence';
  const before = provider.fetches;
  await eventually(() => provider.fetches > before + 1);
  const { reservationId: id } = await reserved('bowl', ann);
  expect((await fetch(`${api.url}/readyz`)).status).toBe(200);
  await provider.addKey();
  const newer = await buyer('ann');
  expect(await newer.reservation(id)).toMatchObject(refused(503, 'SERVICE_UNAVAILABLE'));
  provider.answer = 'keys';
  await eventually(async () => (await newer.reservation(id)).status === 200);
  const warnings = api.log.lines.filter(({ level }) => level === 'warn');
  expect(warnings).not.toEqual([]);
  for (const { message, where } of warnings)
    expect([message, where]).toEqual([expect.stringContaining('public keys'), new URL(provider.url).host]);
});

test('the recount finds nothing wrong', async () => {
  expect((await site.recount()).faults).toEqual({});
});
