import { ID, reserved } from '../../../src/http/fixtures/services.js';
import { reservationJson } from '../../../src/http/reservation-json.js';
import { FlashsaleClient, UnexpectedAnswerError } from '../src/flashsale.js';
import { rejectionOf } from './support/served.js';
import { TestRuntime } from './support/test-runtime.js';

/** More than any list here has: what asks for so many would ask for ever. */
const MOST_REQUESTS = 50;

const page = (link: string | null, reservations: readonly object[] = []) =>
  new Response(JSON.stringify({ reservations }), { headers: link === null ? {} : { Link: `<${link}>; rel="next"` } });
const held = reservationJson(reserved());

/** A client of a service whose pages lead where these links say, and what was fetched by it with its token. */
function linked(baseUrl: string, linkOf: (url: string, request: number) => string | null) {
  const fetched: string[] = [];
  const fetch = async (url: string | URL | Request, init?: RequestInit): Promise<Response> => {
    expect(new Headers(init?.headers).get('Authorization')).toBe('Bearer secret');
    fetched.push(String(url));
    if (fetched.length > MOST_REQUESTS) throw new Error('there is no end of it');
    return page(linkOf(String(url), fetched.length));
  };
  const client = new FlashsaleClient({ baseUrl, token: 'secret', fetch, runtime: new TestRuntime() });
  return { client, fetched };
}

async function read(client: FlashsaleClient): Promise<number> {
  let count = 0;
  for await (const _ of client.list()) count += 1;
  return count;
}

describe('a page that leads', () => {
  const LIST = 'https://shop.example/v1/reservations';

  test.each([
    ['.evil.example/x'],
    ['@evil.example/x'],
    [':8443/v1/reservations?cursor=2'],
    ['//evil.example/v1/reservations?cursor=2'],
    ['\\\\evil.example/v1/reservations'],
    ['https://evil.example/v1/reservations?cursor=2'],
    ['http://shop.example/v1/reservations?cursor=2'],
    ['https://shop.example//evil.example/v1/reservations'],
    ['blob:https://shop.example/1'],
    ['data:application/json,{}'],
    ['https://'],
    ['http://[::'],
  ])('to %s: the token goes nowhere but to the service', async (link) => {
    for (const baseUrl of ['https://shop.example', 'https://shop.example/api']) {
      const { client, fetched } = linked(baseUrl, (_, request) => (request === 1 ? link : null));
      const error = await read(client).catch((thrown: unknown) => thrown);
      // A text without a scheme is a path of the same origin, and no address of another.
      for (const url of fetched) expect(new URL(url).origin).toBe('https://shop.example');
      if (!/^[.@:]/.test(link)) expect(error).toBeInstanceOf(UnexpectedAnswerError);
    }
  });

  test.each([
    ['/v1/reservations?cursor=2', `${LIST}?cursor=2`],
    ['?cursor=2', `${LIST}?cursor=2`],
    [`${LIST}?cursor=2`, `${LIST}?cursor=2`],
    ['//shop.example/v1/reservations?cursor=2#here', `${LIST}?cursor=2`],
    ['/another/page?cursor=2', 'https://shop.example/another/page?cursor=2'],
  ])('to %s of the same origin is followed', async (link, next) => {
    const { client, fetched } = linked('https://shop.example', (_, request) => (request === 1 ? link : null));
    expect(await read(client)).toBe(0);
    expect(fetched).toEqual([LIST, next]);
  });

  test.each([
    ['/api', '/v1/reservations?cursor=2'],
    ['/api', '/api/v1/reservations?cursor=2'],
    ['/api', 'https://shop.example/v1/reservations?cursor=2'],
    ['/api', '?cursor=2'],
    ['/v1', '/v1/reservations?cursor=2'],
    ['/v1', '/v1/v1/reservations?cursor=2'],
  ])('on, behind a proxy at %s, to %s: the same list there', async (prefix, link) => {
    const { client, fetched } = linked(`https://shop.example${prefix}/`, (_, request) =>
      request < 3 ? link.replace('2', `${request}`) : null,
    );
    expect(await read(client)).toBe(0);
    const list = `https://shop.example${prefix}/v1/reservations`;
    expect(fetched).toEqual([list, `${list}?cursor=1`, `${list}?cursor=2`]);
  });

  test('out of the path of the proxy: to another service of the same host, which gets no token', async () => {
    for (const link of ['/other/x', '/xyz/v1/reservations?cursor=2', '/apiary/v1/reservations', '../../other']) {
      const { client, fetched } = linked('https://shop.example/api', () => link);
      expect(await rejectionOf(read(client))).toBeInstanceOf(UnexpectedAnswerError);
      expect(fetched).toHaveLength(1);
    }
  });

  test.each([
    ['to itself', () => '?', 1],
    ['to itself by another name', (url: string) => `${url}#again`, 1],
    ['back to the first', (url: string) => (url.includes('cursor') ? '/v1/reservations' : '?cursor=2'), 2],
    ['round in a circle', (_: string, request: number) => `?cursor=${request % 3}`, 4],
  ] as const)('%s: an error, and no request without an end', async (_, linkOf, requests) => {
    const { client, fetched } = linked('https://shop.example', linkOf);
    expect(await rejectionOf(read(client))).toMatchObject({ kind: 'unexpected', status: 200 });
    expect(fetched).toHaveLength(requests);
  });
});

test('in a page, a base URL may be a path of its own origin', async () => {
  const before = Object.getOwnPropertyDescriptor(globalThis, 'location');
  Object.defineProperty(globalThis, 'location', { value: { href: 'https://shop.example/cart?x' }, configurable: true });
  try {
    const own = linked('/api', (_, request) => (request === 1 ? '/v1/reservations?cursor=2' : null));
    expect(await read(own.client)).toBe(0);
    expect(own.fetched).toEqual(['/api/v1/reservations', '/api/v1/reservations?cursor=2']);
    const foreign = linked('', () => 'https://shop.example//evil.example/x');
    expect(await rejectionOf(read(foreign.client))).toBeInstanceOf(UnexpectedAnswerError);
    expect(foreign.fetched).toEqual(['/v1/reservations']);
  } finally {
    if (before === undefined) Reflect.deleteProperty(globalThis, 'location');
    else Object.defineProperty(globalThis, 'location', before);
  }
});

test.each([null, {}, [], '', { reservations: {} }, { reservations: [held, null] }, { reservations: [{ ...held, status: 1 }] }])(
  'a page that is %j is none, and nothing of it is told',
  async (body) => {
    const fetch = async () => new Response(JSON.stringify(body));
    const client = new FlashsaleClient({ baseUrl: 'https://shop.example', token: 't', fetch, runtime: new TestRuntime() });
    expect(await rejectionOf(client.list().next())).toMatchObject({ kind: 'unexpected', status: 200 });
  },
);

test('a state that only a newer service knows is listed', async () => {
  const { client } = linked('https://shop.example', () => null);
  expect(await read(client)).toBe(0);
  const fetch = async () => page(null, [{ ...held, status: 'RETURNED' }]);
  const newer = new FlashsaleClient({ baseUrl: 'https://shop.example', token: 't', fetch, runtime: new TestRuntime() });
  expect((await newer.list().next()).value).toMatchObject({ reservationId: ID, status: 'RETURNED' });
});
