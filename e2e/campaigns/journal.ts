// What the proxies saw, on one clock: every write of every controller, when it came, went on and was answered.

/** One write of a controller. */
export interface Write {
  /** Name of the controller. */
  readonly from: string;
  readonly method: string;
  readonly path: string;
  /** The object that was sent. */
  readonly body: unknown;
  readonly receivedAt: number;
  /** Undefined as long as it has not gone on to the API server. */
  forwardedAt?: number;
  answeredAt?: number;
  /** What the API server answered. */
  status?: number;
}

export class Journal {
  readonly #writes: Write[] = [];

  get writes(): readonly Write[] {
    return this.#writes;
  }

  add(write: Write): void {
    this.#writes.push(write);
  }

  /** What happens from now on. */
  mark(): number {
    return this.#writes.length;
  }

  since(mark: number): readonly Write[] {
    return this.#writes.slice(mark);
  }
}

export const succeeded = ({ status }: Write): boolean => status !== undefined && status < 300;

export const isLease = ({ path }: Pick<Write, 'path'>): boolean => path.includes('/leases');

/** Events are for people and best effort: they decide nothing, and their names make doubles impossible. */
export const isEvent = ({ path }: Pick<Write, 'path'>): boolean => path.includes('/events');

/** True for a write that changes what the cluster does in a namespace. */
export const worksIn =
  (namespace: string) =>
  (write: Pick<Write, 'path'>): boolean =>
    write.path.includes(`/namespaces/${namespace}/`) && !isLease(write);

/** Who a lease names after a write: undefined when it was released. */
export const leaseHolder = ({ body }: Write): string | undefined => (body as { spec?: { holderIdentity?: string } } | undefined)?.spec?.holderIdentity;

/** When a controller came to lead, by the answer to its first lease write after a mark that named it. */
export function leadsSince(writes: readonly Write[], controller: string): number | undefined {
  return writes.find((write) => write.from === controller && isLease(write) && succeeded(write) && leaseHolder(write) === controller)?.answeredAt;
}

/** State-changing writes of a controller that the API server took after a moment. */
export function writesAfter(writes: readonly Write[], { controller, moment, namespace }: { controller: string; moment: number; namespace: string }): readonly Write[] {
  const works = worksIn(namespace);
  return writes.filter((write) => write.from === controller && works(write) && !isEvent(write) && succeeded(write) && (write.forwardedAt ?? 0) > moment);
}

/** Jobs that were created for an object, by the API server's answers. */
export function jobsCreated(writes: readonly Write[], ownerUid: string): number {
  const owns = ({ body }: Write): boolean => ((body as { metadata?: { ownerReferences?: { uid: string }[] } }).metadata?.ownerReferences ?? []).some(({ uid }) => uid === ownerUid);
  return writes.filter((write) => write.method === 'POST' && /\/jobs(\?|$)/.test(write.path) && succeeded(write) && owns(write)).length;
}
