import fc from 'fast-check';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { AUDIENCE, IdentityProvider, ISSUER, rightClaims } from '../../test/support/identity-provider.js';
import { PublishedKeys } from './published-keys.js';
import { secretKeys } from './secret-keys.js';
import { createVerifyToken, type TokenVerdict, takesNoTokens } from './verify-token.js';

/** What each bad token is answered is in src/http/credentials.test.ts. */
const SECRET = new TextEncoder().encode('a-secret-of-the-tests-that-is-long-enough');
const NOW = Date.UTC(2030, 0, 31, 18);
const config = { issuer: ISSUER, audience: AUDIENCE, storefront: 'shop', algorithms: ['HS256'], leewaySeconds: 5 };

async function verifier(why: string[] = []) {
  const findKey = await secretKeys(new TextDecoder().decode(SECRET), ['HS256', 'HS512']);
  return createVerifyToken({ config, findKey, clock: { now: () => NOW }, onRefused: (...words) => void why.push(words.join(' ')) });
}

const signed = (payload: object, header: object = {}): Promise<string> =>
  new SignJWT(payload as never).setProtectedHeader({ alg: 'HS256', ...header }).sign(SECRET);

test.each(['alice', 'auth0|5f7c8ec7c33c6c004bbafe82', 'ann@shop.example', 'a', '0190b7a0-0000-8000-8000-000000000000', 'x'.repeat(128)])(
  'the subject %.40s is the buyer, as it is',
  async (sub) => {
    const verify = await verifier();
    expect(await verify(await signed(rightClaims(sub, NOW)))).toEqual({
      kind: 'buyer',
      principal: { issuer: 'storefront:shop', userId: sub },
    });
  },
);

test('why a token was refused is said in words of ours or of jose, and not with its claims', async () => {
  const why: string[] = [];
  const verify = await verifier(why);
  await verify('mallory');
  await verify(await signed(rightClaims('mallory', NOW, { aud: 'mallory-shop' })));
  await verify(await signed(rightClaims('mallory', NOW, { exp: undefined })));
  await verify(await signed(rightClaims('mallory!', NOW)));
  await verify(await signed(rightClaims('mallory', NOW), { alg: 'HS512' }));
  expect(why).toEqual([
    'UNTRUSTED ERR_JWS_INVALID',
    'NOT_FOR_US aud check_failed',
    'ENDLESS exp missing',
    'NO_BUYER sub',
    'UNTRUSTED ERR_JOSE_ALG_NOT_ALLOWED',
  ]);
});

test('whatever the token is, there is a verdict, and a buyer only where all of it is right', async () => {
  const verify = await verifier();
  const anyClaims = fc.record(
    {
      iss: fc.oneof(fc.constant(ISSUER), fc.jsonValue()),
      aud: fc.oneof(fc.constant(AUDIENCE), fc.jsonValue()),
      sub: fc.oneof(fc.string(), fc.jsonValue()),
      exp: fc.oneof(fc.integer({ min: NOW / 1000 - 10, max: NOW / 1000 + 10 }), fc.jsonValue()),
      nbf: fc.oneof(fc.integer({ min: NOW / 1000 - 10, max: NOW / 1000 + 10 }), fc.jsonValue()),
    },
    { requiredKeys: ['iss', 'aud'] },
  );
  await fc.assert(
    fc.asyncProperty(anyClaims, async (claims) => {
      const verdict = await verify(await forge(claims));
      expect(['buyer', 'refused']).toContain(verdict.kind);
      if (verdict.kind === 'buyer') {
        expect(claims).toMatchObject({ iss: ISSUER, sub: verdict.principal.userId });
        expect(Number(claims.exp)).toBeGreaterThan(NOW / 1000 - 5);
      }
    }),
    { numRuns: 500 },
  );
});

test('bytes that are no token get a verdict too', async () => {
  const verify = await verifier();
  const part = fc.oneof(
    fc.base64String(),
    fc.string(),
    fc.json().map((json) => Buffer.from(json).toString('base64url')),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(part, { maxLength: 6 }), async (parts) => {
      expect(await verify(parts.join('.'))).toEqual<TokenVerdict>({ kind: 'refused', reason: 'UNTRUSTED' });
    }),
    { numRuns: 500 },
  );
});

test.each<[string, () => Promise<object>]>([
  ['is no number', async () => ({ n: '!' })],
  ['is a private one', async () => exportJWK((await generateKeyPair('RS256', { extractable: true })).privateKey)],
])('a published key that %s is no fault of the token', async (_, partsOf) => {
  const provider = await IdentityProvider.start({ now: () => NOW });
  const token = await provider.token('alice');
  const parts = await partsOf();
  const fetch = async () => ({ keys: provider.keySet().keys.map((jwk) => ({ ...jwk, ...parts })) });
  const clock = { now: () => NOW, monotonic: () => 0, sleep: async () => undefined };
  const { find } = new PublishedKeys({ fetch, clock, refreshMs: 1, cooldownMs: 1, onFetched: () => undefined });
  const verify = createVerifyToken({ config: { ...config, algorithms: ['RS256'] }, findKey: find, clock, onRefused: () => undefined });
  await expect(verify(token)).rejects.toThrow();
  await provider.close();
});

test('where buyers bring no tokens, none is good', async () => {
  expect(await takesNoTokens(await signed(rightClaims('alice', NOW)))).toEqual({ kind: 'refused', reason: 'UNTRUSTED' });
});

/** As `signed`, without the checks of whoever signs. */
async function forge(claims: object): Promise<string> {
  const key = await crypto.subtle.importKey('raw', SECRET, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign']);
  const text = [{ alg: 'HS256' }, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
  return `${text}.${Buffer.from(await crypto.subtle.sign('HMAC', key, Buffer.from(text))).toString('base64url')}`;
}
