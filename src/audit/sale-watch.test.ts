import { eventually } from '../../test/support/eventually.js';
import { gate, hurriedClock, settled } from '../../test/support/memory-clock.js';
import type { SaleState } from '../ports/operations.js';
import { type SaleWatch, startSaleWatch } from './sale-watch.js';

const sale = (state: SaleState['state']): SaleState => ({ state, since: 1, reason: state === 'HALTED' ? 'why' : null, changedBy: null });

let watch: SaleWatch | null = null;
let told: string[];
let failures: unknown[];

afterEach(async () => {
  await watch?.stop();
  watch = null;
});

async function watching(read: () => Promise<SaleState>): Promise<SaleWatch> {
  told = [];
  failures = [];
  watch = await startSaleWatch({
    ...{ read, clock: hurriedClock() },
    ...{ onState: (state) => void told.push(state), onRead: (failure) => void failures.push(failure) },
  });
  return watch;
}

test('it knows before anybody asks, and follows what is read', async () => {
  let state: SaleState['state'] = 'HALTED';
  const { isHalted } = await watching(async () => sale(state));
  expect([isHalted(), told]).toEqual([true, ['HALTED']]);
  state = 'RUNNING';
  await eventually(() => !isHalted());
  state = 'HALTED';
  await eventually(isHalted);
});

test('who cannot read it at first does not begin', async () => {
  await expect(watching(() => Promise.reject(new Error('away')))).rejects.toThrow('away');
});

test.each(['HALTED', 'RUNNING'] as const)('what was last known (%s) holds while the database is away', async (state) => {
  let read = async (): Promise<SaleState> => sale(state);
  const { isHalted } = await watching(() => read());
  read = () => Promise.reject(new Error('away'));
  await eventually(() => failures.filter((failure) => failure !== null).length >= 3);
  expect(isHalted()).toBe(state === 'HALTED');
});

test('a read that began before the sale was turned here does not turn it back', async () => {
  const late = gate<SaleState>();
  let reads = 0;
  const { isHalted, learn } = await watching(() => {
    reads += 1;
    return reads === 2 ? late.promise : Promise.resolve(sale(reads === 1 ? 'RUNNING' : 'HALTED'));
  });
  await eventually(() => reads === 2);
  learn(sale('HALTED'));
  late.open(sale('RUNNING'));
  await settled();
  expect([isHalted(), told.slice(1).includes('RUNNING')]).toEqual([true, false]);
});
