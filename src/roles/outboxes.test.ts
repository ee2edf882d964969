import { eventually } from '../../test/support/eventually.js';
import { hurriedClock } from '../../test/support/memory-clock.js';
import { systemClock } from '../connections/clock.js';
import type { Clock } from '../ports/runtime.js';
import { createMetrics, createRegistry } from '../telemetry/metrics.js';
import { startOutboxes } from './outboxes.js';
import type { RoleContext, RunningRole } from './role.js';

let partitions: number[];
let undecided: number;
let failures: Error[];
let statements: [string, number][];
let metrics: ReturnType<typeof createMetrics>;
const running: RunningRole[] = [];

beforeEach(() => {
  partitions = [];
  undecided = 0;
  failures = [];
  statements = [];
  metrics = createMetrics(createRegistry());
});

afterEach(() => Promise.all(running.splice(0).map((role) => role.stop())));

/** The writer's side, with a thread that is this script. What it posts as `statements` is recorded. */
function outboxes(script: string, clock: Clock = systemClock): RunningRole {
  const source = `import { parentPort, workerData } from 'node:worker_threads'; ${script}`;
  const context = {
    ...{ config: { topic: 'requests' }, clock, metrics },
    outboxesThread: new URL(`data:text/javascript,${encodeURIComponent(source)}`),
    fail: (error: Error) => failures.push(error),
  };
  const role = startOutboxes(context as unknown as RoleContext, {
    observeStatement: (name, seconds) => statements.push([name, seconds]),
    partitions: () => partitions,
    undecided: () => undecided,
  });
  running.push(role);
  return role;
}

const ECHO = `
  const tell = (text) => parentPort.postMessage({ published: new Map(), lagSeconds: null, statements: [[text, 0]] });
  parentPort.on('message', (message) => {
    tell(JSON.stringify(message));
    if (message.stop) parentPort.close();
  });
  tell(workerData.topic);`;

test('the thread has the configuration, and is told once what changes', async () => {
  outboxes(ECHO);
  const told = (...texts: string[]) => eventually(async () => expect(statements.map(([text]) => text)).toEqual(texts));
  const [config, nothing, some, busy] = [
    'requests',
    '{"partitions":[],"isBusy":false}',
    '{"partitions":[2,5],"isBusy":false}',
    '{"partitions":[2,5],"isBusy":true}',
  ];
  await told(config, nothing);
  partitions = [2, 5];
  await told(config, nothing, some);
  undecided = 2_001;
  await told(config, nothing, some, busy);
  await running.pop()?.stop();
  await told(config, nothing, some, busy, '{"stop":true}');
  expect(failures).toEqual([]);
});

test('what it has done goes into the metrics', async () => {
  outboxes(`
    const published = new Map([['flashsale.reservation.reserved.v1', 41], ['flashsale.sku.adjusted.v1', 1]]);
    parentPort.postMessage({ published, lagSeconds: 7.5, statements: [] });
    parentPort.postMessage({ published, lagSeconds: null, statements: [['relay-pages', 0.25]] });
    parentPort.on('message', ({ stop }) => stop && parentPort.close());`);
  await eventually(async () => statements.length === 1);
  expect(statements).toEqual([['relay-pages', 0.25]]);
  const counts = (await metrics.eventsPublished.get()).values.filter(({ value }) => value > 0);
  expect(counts).toEqual([
    expect.objectContaining({ labels: { type: 'flashsale.reservation.reserved.v1' }, value: 82 }),
    expect.objectContaining({ labels: { type: 'flashsale.sku.adjusted.v1' }, value: 2 }),
  ]);
  expect((await metrics.relayLag.get()).values).toEqual([expect.objectContaining({ value: 7.5 })]);
});

test.each([
  ['throws', `throw new Error('a bug');`, 'a bug'],
  ['leaves a rejection', `Promise.reject(new Error('a bug')); parentPort.on('message', () => {});`, 'a bug'],
  ['ends by itself', '', 'the thread that publishes events ended by itself'],
  ['cannot be loaded', `import 'node:no-such-module';`, expect.stringContaining('no-such-module')],
])('a thread that %s ends the process: nobody else would publish', async (_, script, message) => {
  outboxes(script);
  await eventually(async () => failures.length > 0);
  await running.pop()?.stop();
  expect(failures).toEqual([expect.objectContaining({ message })]);
});

test('a thread that does not stop in time is ended', async () => {
  const alive = `{ published: new Map(), lagSeconds: null, statements: [['alive', 0]] }`;
  const role = outboxes(`parentPort.on('message', () => {}); setInterval(() => parentPort.postMessage(${alive}), 1);`, hurriedClock());
  await eventually(async () => statements.length > 0);
  await role.stop();
  const seen = statements.length;
  // For real: the thread has an event loop of its own.
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect([statements.length, failures]).toEqual([seen, []]);
});
