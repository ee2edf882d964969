import { confirmed, ID, rejected, reservation, reserved } from '../../../src/http/fixtures/services.js';
import type { ReservationView } from '../../../src/ports/hints.js';
import { DeadlineError, isProblem, type Reservation } from '../src/flashsale.js';
import { closeAll, rejectionOf, type Served, served } from './support/served.js';

afterEach(closeAll);

/** A reservation whose states the test tells to whoever follows it. */
async function following(first: ReservationView): Promise<Served & { tell(view: ReservationView): void; readonly open: () => number }> {
  let current = first;
  const followers = new Set<(view: ReservationView) => void>();
  const stand = await served({
    readReservation: async () => ({ kind: 'found', reservation: current }),
    followReservation: (_id, follower) => {
      followers.add(follower);
      return () => followers.delete(follower);
    },
  });
  const tell = (view: ReservationView): void => {
    current = view;
    for (const follower of followers) follower(view);
  };
  return { ...stand, tell, open: () => followers.size };
}

const statesOf = async (watched: AsyncIterable<Reservation>, each: (state: string) => void = () => undefined): Promise<string[]> => {
  const states: string[] = [];
  for await (const { status, version } of watched) {
    states.push(`${status} ${version}`);
    each(status);
  }
  return states;
};

test('tells what it is and what it becomes, and ends with the final state', async () => {
  const { client, tell, requests, runtime } = await following(reservation());
  const states = await statesOf(client.watch(ID), (status) => {
    if (status === 'QUEUED') tell(reserved());
    if (status === 'RESERVED') tell(confirmed());
  });
  expect(states).toEqual(['QUEUED 0', 'RESERVED 7', 'CONFIRMED 9']);
  expect(requests).toHaveLength(1);
  expect([runtime.waiting, runtime.pauses]).toEqual([0, []]);
});

test('a broken connection: goes on behind the last event, missing nothing and telling nothing twice', async () => {
  const { client, tell, cut, requests, runtime } = await following(reservation());
  const states = await statesOf(client.watch(ID), (status) => {
    if (status === 'QUEUED') {
      cut();
      // While nobody listens.
      tell(reserved());
    }
    if (status === 'RESERVED') {
      cut();
      tell(confirmed());
    }
  });
  expect(states).toEqual(['QUEUED 0', 'RESERVED 7', 'CONFIRMED 9']);
  expect(requests.map(({ headers }) => headers['last-event-id'])).toEqual([undefined, '0', '7']);
  // An event came each time, so that each pause is the first of its kind.
  expect(runtime.pauses).toEqual([50, 50]);
});

test('a process that is stopping says when to come back', async () => {
  const { client, tell, deps, requests, runtime } = await following(reserved());
  const states = await statesOf(client.watch(ID), (status) => {
    if (status !== 'RESERVED') return;
    deps.streams.drain();
    tell(confirmed());
  });
  expect(states).toEqual(['RESERVED 7', 'CONFIRMED 9']);
  expect(requests).toHaveLength(2);
  // 500 ms and half of 4 s, by the chance of the fixture; then the jitter.
  expect(runtime.pauses).toEqual([2_550]);
});

test('a stream on which not even a comment comes any more is opened again', async () => {
  const { client, runtime, requests, tell } = await following(reserved());
  const states = await statesOf(client.watch(ID), (status) => {
    if (status !== 'RESERVED') return;
    tell(confirmed());
  });
  expect(states).toEqual(['RESERVED 7', 'CONFIRMED 9']);
  const silent = await following(reserved());
  const watched = silent.client.watch(ID);
  await watched.next();
  const next = watched.next();
  silent.runtime.advance(45_000);
  while (silent.requests.length < 2) await new Promise((resolve) => setImmediate(resolve));
  silent.tell(confirmed());
  expect((await next).value).toMatchObject({ status: 'CONFIRMED' });
  expect([runtime.waiting, requests.length]).toEqual([0, 1]);
});

test('503 is waited for, as long as it says', async () => {
  let times = 0;
  const { client, runtime } = await served({
    readReservation: async () => {
      times += 1;
      return times === 1 ? { kind: 'unknown', retryAfterMs: 4_000 } : { kind: 'found', reservation: rejected() };
    },
  });
  expect(await statesOf(client.watch(ID))).toEqual(['REJECTED 8']);
  expect(runtime.pauses).toEqual([6_050]);
});

test('one that has seen the final state is told nothing more', async () => {
  const { client } = await following(confirmed());
  expect(await statesOf(client.watch(ID, { after: 9 }))).toEqual([]);
});

test('a state that only a newer service knows is not taken for the last one: the service ends the stream', async () => {
  const headers = { 'Content-Type': 'text/event-stream' };
  const answers = [
    new Response(`data: {"reservationId":"${ID}","status":"RETURNED","version":11}\n\n`, { headers }),
    new Response(null, { status: 204 }),
  ];
  const { client } = await served({}, { fetch: async () => answers.shift() as Response });
  expect(await statesOf(client.watch(ID))).toEqual(['RETURNED 11']);
  expect(answers).toEqual([]);
});

test('a refusal for good is an error', async () => {
  const { client } = await served();
  expect(isProblem(await rejectionOf(statesOf(client.watch(ID))), 'NOT_FOUND')).toBe(true);
});

test('whoever stops reading closes the connection', async () => {
  const { client, open, requests, runtime } = await following(reserved());
  for await (const _ of client.watch(ID)) break;
  await new Promise<void>((resolve) => {
    const { socket } = requests[0] as (typeof requests)[number];
    if (socket.destroyed) resolve();
    else socket.once('close', () => resolve());
  });
  expect([open(), runtime.waiting]).toEqual([0, 0]);
});

describe('deadlineMs', () => {
  test('ends the whole stream, with what was told last', async () => {
    const { client, runtime } = await following(reserved());
    const watched = client.watch(ID, { deadlineMs: 90_000 });
    await watched.next();
    const error = rejectionOf(watched.next());
    runtime.advance(90_000);
    expect(await error).toBeInstanceOf(DeadlineError);
    expect(await error).toMatchObject({ reservation: { status: 'RESERVED', reservationId: ID } });
    expect([runtime.waiting, (await watched.next()).done]).toEqual([0, true]);
  });

  test('no time for another connection: the failure itself', async () => {
    const { client, runtime } = await served({ readReservation: async () => ({ kind: 'unknown', retryAfterMs: 4_000 }) });
    expect(isProblem(await rejectionOf(client.watch(ID, { deadlineMs: 15_000 }).next()), 'STATUS_UNKNOWN')).toBe(true);
    expect(runtime.pauses).toEqual([6_050, 6_100]);
  });

  test('none unless given, and not that of the client: a service that is away is tried for as long as it takes', async () => {
    let times = 0;
    const fetch = async () => {
      if (++times < 1_000) throw new TypeError('fetch failed');
      return new Response(null, { status: 204 });
    };
    const { client, runtime } = await served({}, { fetch, deadlineMs: 10_000 });
    expect(await statesOf(client.watch(ID))).toEqual([]);
    expect(runtime.now()).toBeGreaterThan(2_400_000);
  });
});
