import { errors, type JWTVerifyGetKey } from 'jose';

type VerificationKey = Awaited<ReturnType<JWTVerifyGetKey>>;

/** The secret as a key for each algorithm, made once: jose would make one of the bytes for every token. */
export async function secretKeys(secret: string, algorithms: readonly string[]): Promise<JWTVerifyGetKey> {
  const keys = new Map<string, VerificationKey>();
  for (const algorithm of algorithms) {
    const hash = `SHA-${algorithm.slice(2)}`;
    keys.set(algorithm, await crypto.subtle.importKey('raw', Buffer.from(secret), { name: 'HMAC', hash }, false, ['verify']));
  }
  return async ({ alg }) => {
    const key = keys.get(String(alg));
    if (key === undefined) throw new errors.JOSEAlgNotAllowed();
    return key;
  };
}
