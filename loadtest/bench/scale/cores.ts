/** CPU microseconds that a request costs each of them; null where it could not be measured. */
export interface CpuOfRequest {
  readonly API: number;
  readonly writer: number;
  readonly PostgreSQL: number | null;
  readonly broker: number | null;
  readonly Redis: number | null;
}

export type Part = keyof CpuOfRequest;

export const PARTS: readonly Part[] = ['API', 'writer', 'PostgreSQL', 'broker', 'Redis'];

export interface Cores {
  readonly of: Readonly<Record<Part, number | null>>;
  /** Of those that could be measured. */
  readonly together: number;
  readonly isAll: boolean;
}

/** How many cores would be busy all the time: the CPU of a request, times the requests of a second. */
export function coresFor(perSecond: number, cpu: CpuOfRequest): Cores {
  const cores = (part: Part): number | null => {
    const micros = cpu[part];
    return micros === null ? null : (micros * perSecond) / 1e6;
  };
  const of = {
    API: cores('API'),
    writer: cores('writer'),
    PostgreSQL: cores('PostgreSQL'),
    broker: cores('broker'),
    Redis: cores('Redis'),
  };
  const values = PARTS.map((part) => of[part]);
  return { of, together: values.reduce<number>((sum, each) => sum + (each ?? 0), 0), isAll: !values.includes(null) };
}
