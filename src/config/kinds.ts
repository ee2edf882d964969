import { isIP } from 'node:net';
import { z } from 'zod';

/** How a text becomes a value, and how a person is told what is allowed. */
export interface Kind<T> {
  readonly schema: z.ZodType<T, string>;
  readonly allowed: string;
}

export function integer(min: number, max: number): Kind<number> {
  const schema = z
    .string()
    .regex(/^\d{1,15}$/)
    .transform(Number)
    .pipe(z.int().min(min).max(max));
  return { schema, allowed: `a whole number from ${min} to ${max}` };
}

/** `auto` leaves the value to follow from another variable's. */
export function integerOrAuto(min: number, max: number): Kind<number | 'auto'> {
  const number = integer(min, max);
  return { schema: z.union([z.literal('auto'), number.schema]), allowed: `auto or ${number.allowed}` };
}

export function oneOf<const T extends readonly [string, ...string[]]>(...values: T): Kind<T[number]> {
  return { schema: z.enum(values), allowed: `one of ${values.join(', ')}` };
}

export function text(pattern: RegExp, allowed: string): Kind<string> {
  return { schema: z.string().regex(pattern), allowed };
}

/** Nothing is a value too: what it switches on stays off. */
export function optional<T>({ schema, allowed }: Kind<T>): Kind<T | null> {
  const nothing = z.literal('').transform(() => null);
  return { schema: z.union([nothing, schema]), allowed: `empty, or ${allowed}` };
}

/** A server's URL. `refusedParameters` are query parameters that would silently override what this service sets itself. */
export function serverUrl(protocols: readonly string[], example: string, refusedParameters: readonly string[] = []): Kind<string> {
  const isValid = (value: string): boolean => {
    if (!URL.canParse(value)) return false;
    const url = new URL(value);
    const overrides = refusedParameters.some((name) => url.searchParams.has(name));
    return protocols.includes(url.protocol) && url.hostname !== '' && !overrides;
  };
  const without = refusedParameters.length === 0 ? '' : `, without the parameter ${refusedParameters.join(' or ')}`;
  return { schema: z.string().refine(isValid), allowed: `a URL like ${example}${without}` };
}

export function brokerList(): Kind<readonly string[]> {
  const isBroker = (entry: string): boolean => {
    const [, port] = /^[^\s:/@]+:(\d{1,5})$|^\[[0-9A-Fa-f:]+\]:(\d{1,5})$/.exec(entry)?.filter((part) => part !== undefined) ?? [];
    return port !== undefined && Number(port) >= 1 && Number(port) <= 65535;
  };
  const schema = z
    .string()
    .transform(splitList)
    .refine((entries) => entries.every(isBroker));
  return { schema, allowed: 'host:port, several separated by commas' };
}

/** What Express calls `trust proxy`: false, a number of hops, or the addresses of the proxies. */
export type TrustProxy = false | number | readonly string[];

export function trustProxy(): Kind<TrustProxy> {
  const schema = z.string().transform((value, context): TrustProxy => {
    if (value === 'none') return false;
    if (/^[1-9]$/.test(value)) return Number(value);
    const entries = splitList(value);
    if (entries.every(isProxyAddress)) return entries;
    context.addIssue({ code: 'custom' });
    return z.NEVER;
  });
  return { schema, allowed: 'none, a number of proxies from 1 to 9, or addresses and networks (loopback, 10.0.0.0/8) separated by commas' };
}

function isProxyAddress(entry: string): boolean {
  if (['loopback', 'linklocal', 'uniquelocal'].includes(entry)) return true;
  const [address = '', bits, ...rest] = entry.split('/');
  const version = isIP(address);
  if (version === 0 || rest.length > 0) return false;
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128));
}

export const splitList = (value: string): readonly string[] => value.split(',').map((entry) => entry.trim());
