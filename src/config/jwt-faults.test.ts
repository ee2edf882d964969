import { loadConfig } from '../config.js';
import { ConfigError } from './fault.js';

const SECRET = 'hunter2-hunter2-hunter2-hunter2-';
const NAMES = { FLASHSALE_JWT_ISSUER: 'https://id.example/', FLASHSALE_JWT_AUDIENCE: 'flashsale', FLASHSALE_JWT_STOREFRONT: 'shop' };
const withSecret = { FLASHSALE_JWT_SECRET: SECRET, ...NAMES };
const URL_OF_KEYS = 'https://id.example/jwks.json';
const withKeys = { FLASHSALE_JWT_JWKS_URL: URL_OF_KEYS, ...NAMES };

function faultsOf(environment: Record<string, string>): Record<string, string> {
  try {
    loadConfig(environment);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    expect(error.exitCode).toBe(78);
    expect(error.message).not.toContain('hunter2');
    return Object.fromEntries(error.faults.map(({ variable, problem }) => [variable, problem]));
  }
  return {};
}

test('without any of them buyers bring no tokens', () => {
  expect(loadConfig({}).buyerTokens).toBeNull();
});

test('with a secret', () => {
  expect(loadConfig(withSecret).buyerTokens).toEqual({
    key: { kind: 'secret', secret: SECRET },
    issuer: 'https://id.example/',
    audience: 'flashsale',
    storefront: 'shop',
    algorithms: ['HS256'],
    leewaySeconds: 5,
  });
});

test('with published keys', () => {
  const more = { FLASHSALE_JWT_ALGORITHMS: 'PS256, EdDSA', FLASHSALE_JWT_LEEWAY_SECONDS: '0', FLASHSALE_JWT_JWKS_REFRESH_SECONDS: '60' };
  expect(loadConfig({ ...withKeys, ...more }).buyerTokens).toMatchObject({
    key: { kind: 'published', url: URL_OF_KEYS, timeoutMs: 3_000, refreshMs: 60_000, cooldownMs: 10_000 },
    algorithms: ['PS256', 'EdDSA'],
    leewaySeconds: 0,
  });
  expect(loadConfig(withKeys).buyerTokens?.algorithms).toEqual(['RS256', 'ES256']);
});

test('all faults at once', () => {
  expect(
    faultsOf({
      FLASHSALE_JWT_SECRET: 'hunter2',
      FLASHSALE_JWT_JWKS_URL: 'https://shop:hunter2@id.example/',
      FLASHSALE_JWT_STOREFRONT: 'My Shop',
      FLASHSALE_JWT_ALGORITHMS: 'none',
      FLASHSALE_JWT_LEEWAY_SECONDS: '1h',
      FLASHSALE_JWT_ISSUERS: 'a',
    }),
  ).toEqual({
    FLASHSALE_JWT_SECRET: expect.stringMatching(/^a secret of 7 characters was given; allowed is empty, or 32 bytes or more/),
    FLASHSALE_JWT_JWKS_URL: expect.stringMatching(/^a secret of 32 characters was given; allowed is empty, or an https URL/),
    FLASHSALE_JWT_STOREFRONT: expect.stringContaining('"My Shop" was given'),
    FLASHSALE_JWT_ALGORITHMS: expect.stringContaining('"none" was given; allowed is auto or any of HS256'),
    FLASHSALE_JWT_LEEWAY_SECONDS: expect.stringContaining('"1h" was given'),
    FLASHSALE_JWT_ISSUERS: 'no such variable; did you mean FLASHSALE_JWT_ISSUER?',
  });
});

test('what goes with a key is needed, all of it', () => {
  expect(faultsOf({ FLASHSALE_JWT_SECRET: SECRET })).toEqual({
    FLASHSALE_JWT_ISSUER: 'nothing was given; needed with FLASHSALE_JWT_SECRET',
    FLASHSALE_JWT_AUDIENCE: 'nothing was given; needed with FLASHSALE_JWT_SECRET',
    FLASHSALE_JWT_STOREFRONT: 'nothing was given; needed with FLASHSALE_JWT_SECRET',
  });
});

test.each([
  ['names without a key', NAMES, Object.keys(NAMES)],
  ['two kinds of key', { ...withSecret, FLASHSALE_JWT_JWKS_URL: URL_OF_KEYS }, ['FLASHSALE_JWT_JWKS_URL']],
  ['a public key for a secret’s algorithm', { ...withKeys, FLASHSALE_JWT_ALGORITHMS: 'RS256,HS256' }, ['FLASHSALE_JWT_ALGORITHMS']],
  ['a secret for a key pair’s algorithm', { ...withSecret, FLASHSALE_JWT_ALGORITHMS: 'HS256,RS256' }, ['FLASHSALE_JWT_ALGORITHMS']],
  ['a secret too short for its digest', { ...withSecret, FLASHSALE_JWT_ALGORITHMS: 'HS256,HS512' }, ['FLASHSALE_JWT_SECRET']],
  ['keys by plain HTTP', { ...withKeys, FLASHSALE_JWT_JWKS_URL: 'http://id.example/jwks.json' }, ['FLASHSALE_JWT_JWKS_URL']],
  [
    'keys from a host that only looks like this machine',
    { ...withKeys, FLASHSALE_JWT_JWKS_URL: 'http://127.0.0.1.evil.example/' },
    ['FLASHSALE_JWT_JWKS_URL'],
  ],
  ['keys from a file', { ...withKeys, FLASHSALE_JWT_JWKS_URL: 'file:///etc/keys.json' }, ['FLASHSALE_JWT_JWKS_URL']],
  ['no algorithm', { ...withKeys, FLASHSALE_JWT_ALGORITHMS: '' }, ['FLASHSALE_JWT_ALGORITHMS']],
  ['a refresh within the cool-down', { ...withKeys, FLASHSALE_JWT_JWKS_REFRESH_SECONDS: '5' }, ['FLASHSALE_JWT_JWKS_COOLDOWN_SECONDS']],
])('refused: %s', (_what, environment, variables) => {
  expect(Object.keys(faultsOf(environment))).toEqual(variables);
});

test.each(['http://localhost:8080/k', 'http://127.0.0.1/k', 'http://[::1]:1/k'])('%s stays on this machine', (url) => {
  expect(faultsOf({ ...withKeys, FLASHSALE_JWT_JWKS_URL: url })).toEqual({});
});
