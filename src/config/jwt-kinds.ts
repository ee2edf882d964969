import { z } from 'zod';
import { type Kind, splitList } from './kinds.js';

/** Bytes that a secret must have at least (RFC 7518, 3.2): as many as the digest. */
export const SECRET_ALGORITHMS: Readonly<Record<string, number>> = { HS256: 32, HS384: 48, HS512: 64 };
const KEY_PAIR_ALGORITHMS = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA'];
const LEAST_BYTES = Math.min(...Object.values(SECRET_ALGORITHMS));

export const isSecretAlgorithm = (algorithm: string): boolean => Object.hasOwn(SECRET_ALGORITHMS, algorithm);

/** Null: none. */
export function jwtSecret(): Kind<string | null> {
  const schema = z
    .string()
    .refine((value) => value === '' || Buffer.byteLength(value) >= LEAST_BYTES)
    .transform((value) => (value === '' ? null : value));
  return { schema, allowed: `empty, or ${LEAST_BYTES} bytes or more, better random ones` };
}

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;

/** Whoever could change the answer on its way could sign for any buyer, so plain HTTP stays on this machine. Null: none. */
export function jwksUrl(): Kind<string | null> {
  const isValid = (value: string): boolean => {
    if (!URL.canParse(value)) return false;
    const { protocol, hostname, username, password } = new URL(value);
    const isSafe = protocol === 'https:' || (protocol === 'http:' && LOOPBACK.test(hostname));
    return isSafe && hostname !== '' && username === '' && password === '';
  };
  const schema = z
    .string()
    .refine((value) => value === '' || isValid(value))
    .transform((value) => (value === '' ? null : value));
  return { schema, allowed: 'empty, or an https URL without a password in it; http on this machine' };
}

/** `auto` leaves them to follow from the kind of key. `none` is in no list. */
export function jwtAlgorithms(): Kind<'auto' | readonly string[]> {
  const known = [...Object.keys(SECRET_ALGORITHMS), ...KEY_PAIR_ALGORITHMS];
  const list = z
    .string()
    .transform(splitList)
    .refine((entries) => entries.every((entry) => known.includes(entry)));
  return { schema: z.union([z.literal('auto'), list]), allowed: `auto or any of ${known.join(', ')}, separated by commas` };
}
