import { fetchJson } from '../connections/fetch-json.js';
import { PublishedKeys } from '../identity/published-keys.js';
import { secretKeys } from '../identity/secret-keys.js';
import { createVerifyToken, takesNoTokens, type VerifyToken } from '../identity/verify-token.js';
import { createTrouble } from '../telemetry/trouble.js';
import type { RoleContext, RunningRole } from './role.js';

/** Some hundred keys. */
const KEY_SET_MAX_BYTES = 256 * 1024;

interface BuyerTokens extends RunningRole {
  readonly verify: VerifyToken;
}

/** Checks the tokens of buyers, where they bring any. Published keys are fetched meanwhile: the start does not wait for them. */
export async function startBuyerTokens({ config: { buyerTokens: config }, clock, log }: RoleContext): Promise<BuyerTokens> {
  if (config === null) return { verify: takesNoTokens, stop: async () => undefined };
  const ending = new AbortController();
  const { key } = config;
  const onRefused = (reason: string, why: string): void => log.debug('a token was refused', { reason, why });
  if (key.kind === 'secret') {
    const findKey = await secretKeys(key.secret, config.algorithms);
    return { verify: createVerifyToken({ config, findKey, clock, onRefused }), stop: async () => undefined };
  }
  const trouble = createTrouble(log, "the public keys of buyers' tokens cannot be fetched; those at hand go on being used");
  const where = new URL(key.url).host;
  const published = new PublishedKeys({
    fetch: () => fetchJson(key.url, { timeoutMs: key.timeoutMs, maxBytes: KEY_SET_MAX_BYTES, signal: ending.signal }),
    clock,
    refreshMs: key.refreshMs,
    cooldownMs: key.cooldownMs,
    onFetched: (failure) => {
      if (failure === null) trouble.over(where);
      else if (!ending.signal.aborted) trouble.failed(where, failure);
    },
  });
  const fetching = published.keepFresh(ending.signal);
  return {
    verify: createVerifyToken({ config, findKey: published.find, clock, onRefused }),
    async stop() {
      ending.abort();
      await fetching;
    },
  };
}
