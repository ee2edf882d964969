import type { Values } from './variables.js';

/** How the tokens of buyers are checked; null: buyers bring none. The variables are known to go together. */
export function buyerTokens(values: Values) {
  const key = keyOf(values);
  const { FLASHSALE_JWT_ISSUER: issuer, FLASHSALE_JWT_AUDIENCE: audience, FLASHSALE_JWT_STOREFRONT: storefront } = values;
  if (key === null || issuer === null || audience === null || storefront === null) return null;
  const { FLASHSALE_JWT_ALGORITHMS: algorithms, FLASHSALE_JWT_LEEWAY_SECONDS: leewaySeconds } = values;
  const usual = key.kind === 'secret' ? ['HS256'] : ['RS256', 'ES256'];
  return { key, issuer, audience, storefront, leewaySeconds, algorithms: algorithms === 'auto' ? usual : algorithms };
}

function keyOf(values: Values) {
  const { FLASHSALE_JWT_SECRET: secret, FLASHSALE_JWT_JWKS_URL: url } = values;
  if (secret !== null) return { kind: 'secret', secret } as const;
  if (url === null) return null;
  return {
    kind: 'published',
    url,
    timeoutMs: values.FLASHSALE_JWT_JWKS_TIMEOUT_MS,
    refreshMs: values.FLASHSALE_JWT_JWKS_REFRESH_SECONDS * 1000,
    cooldownMs: values.FLASHSALE_JWT_JWKS_COOLDOWN_SECONDS * 1000,
  } as const;
}
