/** Something the service depends on did not answer: an outage, told from a bug so that the client gets 503 and knows to come back. */
export class DependencyFailed extends Error {
  override readonly name = 'DependencyFailed';

  constructor(dependency: string, options: { readonly cause: unknown }) {
    super(`${dependency} did not answer`, options);
  }
}

/**
 * The value of a call to the rest of the service.
 * @throws DependencyFailed when it was rejected
 */
export async function dependency<T>(name: string, pending: Promise<T>): Promise<T> {
  try {
    return await pending;
  } catch (error) {
    throw new DependencyFailed(name, { cause: error });
  }
}
