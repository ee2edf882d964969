import { readOptions } from './options.js';
import { chooseTargets, describeTargets } from './targets.js';

describe('options', () => {
  it('have defaults', () =>
    expect(readOptions([])).toEqual({ buyers: 5_000, units: 500, rate: 1_200, killWriter: false, keep: false, json: false }));

  it('are read', () =>
    expect(readOptions(['--kill-writer', '--keep', '--json', '--buyers', '100', '--units=7', '--rate', '50'])).toEqual({
      ...{ buyers: 100, units: 7, rate: 50 },
      ...{ killWriter: true, keep: true, json: true },
    }));

  it.each([['--units', '0'], ['--units', '1.5'], ['--rate', 'fast'], ['--buyers', '-1'], ['--buyers', '1e3'], ['--bogus'], ['extra']])(
    'refuses %s %s',
    (...args) => {
      const { write } = process.stderr;
      process.stderr.write = () => true;
      try {
        expect(() => readOptions(args.filter((arg) => arg !== undefined))).toThrow();
      } finally {
        process.stderr.write = write;
      }
    },
  );
});

describe('targets', () => {
  const environment = {
    FLASHSALE_DATABASE_URL: 'postgres://me:secret@db:5432/postgres?sslmode=disable',
    FLASHSALE_KAFKA_BROKERS: 'a:1, b:2',
    FLASHSALE_REDIS_URL: 'redis://cache:6379',
  };

  it('carry one suffix, and keep the rest of the URL', () =>
    expect(chooseTargets(environment, 'abcd')).toMatchObject({
      databaseUrl: 'postgres://me:secret@db:5432/flashsale_demo_abcd?sslmode=disable',
      brokers: ['a:1', 'b:2'],
      topic: 'flashsale-demo-abcd',
      redisPrefix: 'flashsale-demo-abcd:',
    }));

  it('differ from run to run', () => expect(chooseTargets(environment).suffix).not.toBe(chooseTargets(environment).suffix));
  it('are told without the password', () => expect(describeTargets(chooseTargets(environment))).not.toContain('secret'));
  it('are all named when they are missing', () => expect(() => chooseTargets({})).toThrow(/DATABASE_URL.*KAFKA_BROKERS.*REDIS_URL/));
});
