import type { Environment } from '../stand/servers.js';
import type { Stand, Writer } from './stand.js';

/** A stand that notes what writers are started on it, by whomever. */
export function notingWriters(stand: Stand, onStart: (writer: Writer) => void): Stand {
  const startWriter = async (own?: Environment): Promise<Writer> => {
    const writer = await stand.startWriter(own);
    onStart(writer);
    return writer;
  };
  return { ...stand, startWriter };
}
