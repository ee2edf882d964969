import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, exportSPKI, type GenerateKeyPairResult, generateKeyPair, type JWK, type JWTPayload, SignJWT } from 'jose';

export const ISSUER = 'https://id.example/';
export const AUDIENCE = 'flashsale';

interface SigningKey {
  readonly kid: string;
  readonly pair: GenerateKeyPairResult;
  readonly jwk: JWK;
}

/** Whoever signs buyers' tokens: keys that change, and a server that publishes them until it is told to fail. */
export class IdentityProvider {
  /** How often the keys were asked for. */
  fetches = 0;
  /** What the next fetches get; `silence` until they give up. */
  answer: 'keys' | 'error' | 'silence' | string = 'keys';
  private readonly published: SigningKey[] = [];
  private made = 0;

  private constructor(
    private readonly server: Server,
    private readonly now: () => number,
  ) {}

  /** RSA keys are what most have; ES256 ones are made in no time. */
  static async start({ now = Date.now, alg = 'RS256' }: { now?: () => number; alg?: string } = {}): Promise<IdentityProvider> {
    const server = createServer();
    const provider = new IdentityProvider(server, now);
    server.on('request', (_, res) => {
      provider.fetches += 1;
      const { answer } = provider;
      if (answer === 'silence') return;
      if (answer === 'error') res.statusCode = 500;
      res.end(answer === 'keys' ? JSON.stringify(provider.keySet()) : answer);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    await provider.addKey(alg);
    return provider;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/jwks.json`;
  }

  keySet(): { readonly keys: readonly JWK[] } {
    return { keys: this.published.map(({ jwk }) => jwk) };
  }

  /** Signs with a new key from now on; the ones before stay published. */
  async addKey(alg = 'ES256'): Promise<void> {
    const kid = `key-${++this.made}`;
    const pair = await generateKeyPair(alg, { extractable: true });
    this.published.push({ kid, pair, jwk: { ...(await exportJWK(pair.publicKey)), kid, alg, use: 'sig' } });
  }

  /** Only the newest key is good any more. */
  withdrawOldKeys(): void {
    this.published.splice(0, this.published.length - 1);
  }

  get newest(): SigningKey {
    return this.published.at(-1) as SigningKey;
  }

  newestAsPem(): Promise<string> {
    return exportSPKI(this.newest.pair.publicKey);
  }

  /** A token of this buyer's, by the newest key, right in all that is not said. */
  token(sub: unknown, claims: object = {}, header: object = {}): Promise<string> {
    const { kid, pair, jwk } = this.newest;
    return new SignJWT(rightClaims(sub, this.now(), claims))
      .setProtectedHeader({ alg: String(jwk.alg), kid, ...header })
      .sign(pair.privateKey);
  }

  environment(storefront: string): Record<`FLASHSALE_${string}`, string> {
    return {
      FLASHSALE_JWT_JWKS_URL: this.url,
      FLASHSALE_JWT_ISSUER: ISSUER,
      FLASHSALE_JWT_AUDIENCE: AUDIENCE,
      FLASHSALE_JWT_STOREFRONT: storefront,
    };
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}

/** `undefined` leaves a claim out. */
export function rightClaims(sub: unknown, now: number, claims: object = {}): JWTPayload {
  const all = { iss: ISSUER, aud: AUDIENCE, sub, exp: Math.floor(now / 1000) + 300, ...claims };
  return JSON.parse(JSON.stringify(all));
}
