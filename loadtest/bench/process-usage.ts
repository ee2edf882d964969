import { readFileSync } from 'node:fs';

const TICKS_PER_SECOND = 100;

/** What the kernel says of a process of this machine. */
export interface ProcessUsage {
  readonly pid: number;
  readonly name: string;
  readonly parent: number;
  /** Used so far, user and system; exact to 10 ms. */
  readonly cpuSeconds: number;
  /** Of its children that have ended and were waited for. */
  readonly endedSeconds: number;
  readonly residentBytes: number;
}

/** Null where there is no such process, or no /proc. */
export function processUsage(pid: number): ProcessUsage | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const name = stat.slice(stat.indexOf('(') + 1, stat.lastIndexOf(')'));
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return {
      ...{ pid, name, parent: Number(fields[1]) },
      cpuSeconds: (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND,
      endedSeconds: (Number(fields[13]) + Number(fields[14])) / TICKS_PER_SECOND,
      residentBytes: Number(kilobytes ?? 0) * 1024,
    };
  } catch {
    return null;
  }
}
