import { NotReady } from './startup-check.js';

/** What to tell whoever starts a process on a port that it cannot have; any other error as it is. */
export function portTaken(error: NodeJS.ErrnoException, host: string, port: number, variable: string): Error {
  if (error.code === 'EADDRINUSE')
    return new NotReady(
      [`Port ${port} on ${host} is in use.\nEnd what uses it, or set ${variable} to another one (0: whichever is free).`],
      69,
    );
  if (error.code === 'EACCES') return new NotReady([`Port ${port} may not be used by this user.\nSet ${variable} to one above 1023.`], 78);
  if (error.code === 'EADDRNOTAVAIL' || error.code === 'ENOTFOUND')
    return new NotReady([`${host} is no address of this machine.\nSet FLASHSALE_HTTP_HOST to one, or to 0.0.0.0 for all.`], 78);
  return error;
}
