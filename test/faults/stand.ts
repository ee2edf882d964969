import pg from 'pg';
import { runCli } from '../../infra/local/service-cli.mjs';
import { untilDrained } from '../../loadtest/stand/drained.js';
import { dropPlace } from '../../loadtest/stand/drop-place.js';
import { withAdmin } from '../../loadtest/stand/kafka-admin.js';
import { forgetLogs, type Member, type Role, startMembers, stopMembers } from '../../loadtest/stand/members.js';
import { choosePlace, type Place } from '../../loadtest/stand/place.js';
import { untilReady } from '../../loadtest/stand/ready.js';
import { type Servers, serversFrom } from '../../loadtest/stand/servers.js';
import { createKey, prepare, serviceSettings } from '../../loadtest/stand/service.js';
import { FAULTS } from '../../src/audit/figures.js';
import { recount } from '../../src/audit/recount.js';
import { SHOP } from '../support/commands.js';

type Overrides = Readonly<Record<`FLASHSALE_${string}`, string>>;

/** The built service as real processes, which can be killed, on the shared servers with a place of its own. One a test file. */
export class Stand {
  /** By name; those that have ended too, until another one takes the name. */
  private readonly members = new Map<string, Member>();
  private readonly rogues: Member[] = [];

  private constructor(
    readonly place: Place,
    private readonly settings: Readonly<Record<string, string | undefined>>,
    private client: pg.Client,
  ) {}

  /**
   * @param overrides of the service's settings, where they differ from those of the test itself: a way to a server that can be cut
   * @param own servers of this file alone, in place of the shared ones
   */
  static async open(fault: string, overrides: Overrides | ((place: Place) => Overrides) = {}, own: Partial<Servers> = {}): Promise<Stand> {
    const place = choosePlace(fault, { ...serversFrom(process.env), ...own });
    const settings = { ...serviceSettings(place, process.env), ...(typeof overrides === 'function' ? overrides(place) : overrides) };
    await prepare(place, settings);
    return new Stand(place, settings, await connected(place));
  }

  get sql(): pg.Client {
    return this.client;
  }

  /** For a test that has ended the database's server, and started it again. */
  async reconnect(): Promise<void> {
    this.client = await connected(this.place);
  }

  async start(name: string, role: Role): Promise<Member> {
    const [member] = (await startMembers(this.place, this.settings, { [name]: role })) as [Member];
    this.members.set(name, member);
    return member;
  }

  /** A writer in a consumer group of its own: nobody tells it of the others, and ready() does not count on it. */
  async startRogue(name: string): Promise<Member> {
    const settings = { ...this.settings, FLASHSALE_CONSUMER_GROUP: `${this.place.consumerGroup}-${name}` };
    const [rogue] = (await startMembers(this.place, settings, { [name]: 'writer' })) as [Member];
    this.rogues.push(rogue);
    return rogue;
  }

  /** Resolves when all that run are ready, and the writers have shared out the partitions. */
  ready(): Promise<void> {
    return untilReady(this.running());
  }

  apiKey(): Promise<string> {
    return createKey(SHOP, this.settings);
  }

  /** Those that are missing, as an operator does. */
  async createTopics(): Promise<void> {
    await runCli(['topics'], this.settings);
  }

  /** Records in the log that are not decided. */
  async undecided(): Promise<number> {
    const offsets = await withAdmin(this.place, (admin) => admin.fetchTopicOffsets(this.place.topic));
    return offsets.reduce((sum, { high }) => sum + Number(high), 0) - (await this.decided());
  }

  /** Decisions so far. */
  async decided(): Promise<number> {
    const { rows } = await this.sql.query<{ decided: number }>('select coalesce(sum(sequence), 0)::int as decided from stock');
    return rows[0]?.decided ?? 0;
  }

  /** Waits until everything that is in the log now is decided. */
  drained(): Promise<void> {
    return untilDrained(this.place, this.sql, this.running());
  }

  /** An independent recount. @returns the faults that it names */
  async faults(acceptedIds: Iterable<string>): Promise<object> {
    const { totals, accountingBreaks, partitions } = await recount(this.sql, { acceptedIds: [...acceptedIds] });
    const faults = FAULTS.filter((fault) => totals[fault] !== 0).map((fault) => [fault, totals[fault]]);
    return Object.fromEntries([...faults, ...(accountingBreaks === 0 ? [] : [['accounting', partitions]])]);
  }

  async close(): Promise<void> {
    await stopMembers([...this.running(), ...this.rogues]);
    await this.client.end();
    await dropPlace(this.place);
    await forgetLogs(this.place);
  }

  private running(): Member[] {
    return [...this.members.values()].filter(({ hasEnded }) => !hasEnded());
  }
}

async function connected({ databaseUrl }: Place): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: databaseUrl });
  // What breaks it is told by the next query.
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

/** Sends the signal and waits for the end. @returns the exit code, null where the signal ended it, and how long it took */
export async function signalled(
  { process: { pid, exited } }: Member,
  signal: NodeJS.Signals,
): Promise<{ code: number | null; ms: number }> {
  const sentAt = performance.now();
  process.kill(pid, signal);
  const { code } = await exited;
  return { code, ms: performance.now() - sentAt };
}
