import { createLog, createPino } from './log.js';

function capture() {
  const lines: Record<string, unknown>[] = [];
  const logger = createPino('info', { write: (line) => void lines.push(JSON.parse(line)) });
  return { log: createLog(logger), lines };
}

test('a line is JSON with time, level, message, and the details it was given', () => {
  const { log, lines } = capture();
  log.with({ partition: 3 }).warn('stopped', { error: new Error('why') });
  log.debug('not shown');
  expect(lines).toEqual([
    expect.objectContaining({
      level: 'warn',
      msg: 'stopped',
      partition: 3,
      error: expect.objectContaining({ message: 'why' }),
      time: expect.stringMatching(/Z$/),
    }),
  ]);
});

test('credentials are not written, however deep they came', () => {
  const { log, lines } = capture();
  log.info('request', { authorization: 'fsk_a', headers: { authorization: 'fsk_b' }, req: { headers: { authorization: 'fsk_c' } } });
  expect(JSON.stringify(lines)).not.toContain('fsk_');
});

test('of an error only type, message, code, stack and causes are written, whatever a library has hung on it and its causes', () => {
  const { log, lines } = capture();
  const command = { name: 'eval', args: ['9', 'buyer-of-the-sale'] };
  const cause = Object.assign(new TypeError('broken pipe'), { command, errno: -32 });
  const error = Object.assign(new Error('it failed', { cause }), { code: 'ECONNRESET', command, previousErrors: [cause] });
  error.name = 'ReplyError';
  log.warn('not announced', { error });
  log.with({ partition: 3 }).error('not announced', { err: error });
  const described = {
    type: 'ReplyError',
    message: 'it failed',
    code: 'ECONNRESET',
    stack: expect.stringContaining('log.test.ts'),
    cause: { type: 'TypeError', message: 'broken pipe', stack: expect.stringContaining('log.test.ts') },
  };
  expect(lines.map(({ error, err }) => error ?? err)).toEqual([described, described]);
  expect(JSON.stringify(lines)).not.toContain('buyer-of-the-sale');
});

test('what was thrown and is no error is written as it is', () => {
  const { log, lines } = capture();
  log.error('stopped', { error: 'no error at all' });
  expect(lines).toEqual([expect.objectContaining({ error: 'no error at all' })]);
});
