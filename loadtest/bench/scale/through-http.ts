import type { Member } from '../../stand/members.js';
import type { Servers } from '../../stand/servers.js';
import { numberOf } from '../histogram.js';
import { type Offered, openCrowd } from '../overload/buyers.js';
import { withService } from '../overload/service.js';
import { postgresCpuSeconds } from '../postgres-cpu.js';
import { type CpuOfRequest, PARTS } from './cores.js';
import { serverCpu } from './server-cpu.js';

const CONNECTIONS = 200;

export interface ThroughHttp {
  readonly offered: Offered;
  /** Of an accepted request, from the POST to its decision. */
  readonly cpu: CpuOfRequest;
  readonly apiBytes: number;
}

/** What a reservation costs everybody on its whole way, at a constant rate. */
export function throughHttp(servers: Servers, perSecond: number, warmUp: number, seconds: number): Promise<ThroughHttp> {
  return withService(servers, {}, async ({ shop, stand, members }) => {
    const [writer, api] = members as [Member, Member];
    const pageOf = async ({ metricsUrl }: Member): Promise<string> => (await fetch(metricsUrl)).text();
    const secondsOf = async (member: Member): Promise<number> => numberOf(await pageOf(member), 'process_cpu_seconds_total');
    const used = async (): Promise<CpuOfRequest> => {
      const { broker, redis } = await serverCpu(servers);
      const own = { API: await secondsOf(api), writer: await secondsOf(writer) };
      return { ...own, PostgreSQL: await postgresCpuSeconds(stand.database), broker, Redis: redis };
    };
    const crowd = openCrowd(shop, CONNECTIONS);
    await crowd.offer(perSecond, warmUp);
    const before = await used();
    const offered = await crowd.offer(perSecond, seconds);
    const after = await used();
    await crowd.close();
    if (offered.accepted === 0) throw new Error('no request was accepted while it was measured');
    const each = PARTS.map((part) => {
      const [from, to] = [before[part], after[part]];
      return [part, from === null || to === null ? null : ((to - from) / offered.accepted) * 1e6];
    });
    const cpu = Object.fromEntries(each) as unknown as CpuOfRequest;
    return { offered, cpu, apiBytes: numberOf(await pageOf(api), 'process_resident_memory_bytes') };
  });
}
