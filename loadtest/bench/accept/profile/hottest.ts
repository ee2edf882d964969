/** A profile as V8's sampling profiler gives it (.cpuprofile); what is not used here is left out. */
export interface CpuProfile {
  readonly nodes: readonly ProfileNode[];
}

export interface ProfileNode {
  readonly id: number;
  readonly callFrame: CallFrame;
  /** Samples that found it on top of the stack. */
  readonly hitCount?: number;
  readonly children?: readonly number[];
}

export interface CallFrame {
  readonly functionName: string;
  readonly url: string;
  /** From 0, as the next. */
  readonly lineNumber: number;
  readonly columnNumber: number;
}

export interface HotFunction {
  readonly name: string;
  readonly place: string;
  /** Of all samples that found the process at work. */
  readonly share: number;
}

/** Says where a function is, for people. */
export type Locate = (frame: CallFrame) => string;

/** Functions by the time spent in themselves, whoever called them; the hottest first. */
export function hottest({ nodes }: CpuProfile, count: number, locate: Locate): readonly HotFunction[] {
  const functions = new Map<string, { readonly frame: CallFrame; hits: number }>();
  let all = 0;
  for (const { callFrame: frame, hitCount = 0 } of nodes) {
    if (isNoWork(frame)) continue;
    const key = `${frame.url}:${frame.lineNumber}:${frame.columnNumber}:${frame.functionName}`;
    const known = functions.get(key);
    if (known === undefined) functions.set(key, { frame, hits: hitCount });
    else known.hits += hitCount;
    all += hitCount;
  }
  return [...functions.values()]
    .toSorted((a, b) => b.hits - a.hits)
    .slice(0, count)
    .map(({ frame, hits }) => ({ name: nameOf(frame), place: locate(frame), share: hits / all }));
}

/** `(program)` is work: system calls and V8 itself. */
export const isNoWork = ({ functionName }: CallFrame): boolean => functionName === '(idle)' || functionName === '(root)';

export const nameOf = ({ functionName }: CallFrame): string => functionName || '(anonymous)';
