import pg from 'pg';
import { atEnd } from '../../infra/local/lifetime.mjs';
import { dropPlace } from '../stand/drop-place.js';
import { forgetLogs, type Member, startMembers, stopMembers } from '../stand/members.js';
import { choosePlace, type Place } from '../stand/place.js';
import type { Environment, Servers } from '../stand/servers.js';
import { createKey, prepare, serviceSettings } from '../stand/service.js';

/** What one bench measures on: a place with the program's schema, and a connection to its database. */
export interface Stand {
  readonly place: Place;
  readonly database: pg.Client;
  /** @param own what differs from the settings of all; also of an API process */
  startWriter(own?: Environment): Promise<Writer>;
  startApi(own: Environment): Promise<Member>;
  /** With the scopes reserve and admin. */
  apiKey(): Promise<string>;
}

export interface Writer {
  readonly member: Member;
  readonly metrics: () => Promise<string>;
}

/** Opens a stand of its own for the work. Nothing of it is left, however the work ends; the writer's log stays when it fails. */
export async function onStand<T>(servers: Servers, work: (stand: Stand) => Promise<T>): Promise<T> {
  const place = choosePlace('bench', servers);
  const settings = serviceSettings(place, { ...process.env, FLASHSALE_LOG_LEVEL: 'warn' });
  const database = new pg.Client({ connectionString: place.databaseUrl });
  const members: Member[] = [];
  let closing: Promise<void> | undefined;
  const close = (): Promise<void> => {
    closing ??= stopMembers(members)
      .then(() => database.end())
      .then(() => dropPlace(place));
    return closing;
  };
  // For Ctrl-C: the work's own `finally` is not reached then.
  atEnd(close);
  try {
    await prepare(place, settings);
    await database.connect();
    const startWriter = async (own: Environment = {}): Promise<Writer> => {
      const [member] = (await startMembers(place, { ...settings, ...own }, { writer: 'writer' })) as [Member];
      members.push(member);
      return { member, metrics: async () => (await fetch(member.metricsUrl)).text() };
    };
    const startApi = async (own: Environment): Promise<Member> => {
      const [member] = (await startMembers(place, { ...settings, ...own }, { api: 'api' })) as [Member];
      members.push(member);
      return member;
    };
    const result = await work({ place, database, startWriter, startApi, apiKey: () => createKey('bench', settings) });
    await close();
    await forgetLogs(place);
    return result;
  } finally {
    await close();
  }
}
