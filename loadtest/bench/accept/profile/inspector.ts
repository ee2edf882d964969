import { readFileSync } from 'node:fs';
import { WebSocket } from 'undici';
import type { CpuProfile } from './hottest.js';

/** For the process that is to be profiled: its inspector on any free port, for this machine only. */
export const INSPECTABLE = { NODE_OPTIONS: '--inspect=127.0.0.1:0' } as const;

const SAMPLED_EVERY_MICROS = 250;

/**
 * Runs the work while V8 samples another process, and for no longer.
 *
 * @param logFile of that process, which says there where its inspector is
 * @throws when it was not started as INSPECTABLE
 */
export async function profiled<T>(logFile: string, work: () => Promise<T>): Promise<{ readonly result: T; readonly profile: CpuProfile }> {
  const address = /^Debugger listening on (ws:\S+)$/m.exec(readFileSync(logFile, 'utf8'))?.[1];
  if (address === undefined) throw new Error(`no inspector is named in ${logFile}`);
  const inspector = await connectTo(address);
  try {
    await inspector.ask('Profiler.enable');
    await inspector.ask('Profiler.setSamplingInterval', { interval: SAMPLED_EVERY_MICROS });
    await inspector.ask('Profiler.start');
    const result = await work();
    const { profile } = (await inspector.ask('Profiler.stop')) as { profile: CpuProfile };
    return { result, profile };
  } finally {
    inspector.close();
  }
}

interface Inspector {
  ask(method: string, params?: object): Promise<unknown>;
  close(): void;
}

interface Reply {
  readonly id?: number;
  readonly result?: unknown;
  readonly error?: { readonly message: string };
}

async function connectTo(address: string): Promise<Inspector> {
  const socket = new WebSocket(address);
  const asked = new Map<number, { readonly resolve: (result: unknown) => void; readonly reject: (error: Error) => void }>();
  let lastId = 0;
  socket.addEventListener('message', ({ data }) => {
    const { id = 0, result, error } = JSON.parse(String(data)) as Reply;
    const waiting = asked.get(id);
    asked.delete(id);
    if (error === undefined) waiting?.resolve(result);
    else waiting?.reject(new Error(`the inspector: ${error.message}`));
  });
  socket.addEventListener('close', () => {
    for (const { reject } of asked.values()) reject(new Error('the inspector has gone'));
  });
  await new Promise<void>((resolve, reject) => {
    socket.addEventListener('open', () => resolve());
    socket.addEventListener('error', ({ error }) => reject(error));
  });
  return {
    ask(method, params = {}) {
      lastId += 1;
      const id = lastId;
      return new Promise((resolve, reject) => {
        asked.set(id, { resolve, reject });
        socket.send(JSON.stringify({ id, method, params }));
      });
    },
    close: () => socket.close(),
  };
}
