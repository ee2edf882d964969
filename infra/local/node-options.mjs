/**
 * How node runs the service, here and in the Dockerfile. A young generation of 64 MB instead of 16: a chunk's records and rows are garbage when
 * it is committed, and not before, so a small one copies them for nothing (2 us a command of 28 in the drain bench).
 */
export const serviceNodeOptions = ['--max-semi-space-size=64'];
