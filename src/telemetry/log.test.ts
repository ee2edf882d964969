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
