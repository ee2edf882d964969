import { Transform } from 'node:stream';
import { breakableLink, through } from '../support/breakable-link.js';

/** A way to Redis that can lose the answer to what the server has done. */
export interface RedisLink {
  /** The server's address, through the link. */
  readonly url: string;
  /** The next answer never comes, and every connection of that moment ends. Resolves then. */
  cutNextAnswer(): Promise<void>;
  /** From the next answer on nothing comes through on that connection, and nobody is told. Resolves then. */
  swallowNextAnswer(): Promise<void>;
  close(): Promise<void>;
}

export async function redisLink(serverUrl: string): Promise<RedisLink> {
  const url = new URL(serverUrl);
  let lose: (() => void) | null = null;
  const answers = (): Transform => {
    let silent = false;
    return new Transform({
      transform(bytes, _encoding, done) {
        if (lose !== null && !silent) {
          silent = true;
          lose();
          lose = null;
        }
        done(null, silent ? undefined : bytes);
      },
    });
  };
  const link = await breakableLink({ host: url.hostname, port: Number(url.port || 6379), answers });
  const next = (): Promise<void> =>
    new Promise((resolve) => {
      lose = resolve;
    });
  return {
    url: through(serverUrl, link),
    async cutNextAnswer() {
      await next();
      link.cut();
      link.restore();
    },
    swallowNextAnswer: next,
    close: () => link.close(),
  };
}
