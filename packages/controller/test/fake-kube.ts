import type { ObjectKey } from '@postgres-operator/api';
import type { ApplyOptions, Kube, Writable } from '../src/kube/client.ts';
import { KubeError } from '../src/kube/errors.ts';
import { pathOf, type ResourceType } from '../src/kube/resources.ts';

interface Stored extends Writable {
  readonly metadata: Writable['metadata'] & { readonly uid: string; readonly resourceVersion: string };
}

const refusal = (code: number, reason: string): KubeError => new KubeError({ code, reason, message: reason });

/** A small API server in memory: objects by path, UIDs and versions, AlreadyExists, NotFound and Conflict. */
export class FakeKube implements Kube {
  readonly calls: string[] = [];
  readonly bodies: Writable[] = [];
  readonly #objects = new Map<string, Stored>();
  readonly #failures: { call: string; error: Error }[] = [];
  #version = 1000;

  /** Puts an object there without a call being noted. */
  put(resource: ResourceType<unknown>, object: Writable): void {
    this.#store(pathOf(resource, object.metadata.namespace, object.metadata.name), object);
  }

  /** Makes the next call of this kind fail. */
  fail(call: string, error: Error): void {
    this.#failures.push({ call, error });
  }

  find(resource: ResourceType<unknown>, { namespace, name }: ObjectKey): Stored | undefined {
    return this.#objects.get(pathOf(resource, namespace, name));
  }

  get<T>(resource: ResourceType<T>, key: ObjectKey): Promise<T> {
    return this.#answer(`get ${resource.plural} ${key.name}`, () => this.#existing(resource, key)) as Promise<T>;
  }

  create<T>(resource: ResourceType<T>, object: Writable): Promise<T> {
    return this.#answer(`create ${resource.plural} ${object.metadata.name}`, () => {
      this.bodies.push(object);
      if (this.find(resource, object.metadata) !== undefined) throw refusal(409, 'AlreadyExists');
      return this.#store(pathOf(resource, object.metadata.namespace, object.metadata.name), object);
    }) as Promise<T>;
  }

  exists(resource: ResourceType<unknown>, key: ObjectKey): Promise<boolean> {
    return this.#answer(`exists ${resource.plural} ${key.name}`, () => this.find(resource, key) !== undefined);
  }

  apply<T>(resource: ResourceType<T>, object: Writable, options: ApplyOptions): Promise<T> {
    const { namespace, name, resourceVersion } = object.metadata as Writable['metadata'] & { resourceVersion?: string };
    return this.#answer(`apply${options.subresource ? '/status' : ''}${options.force ? ' --force' : ''} ${resource.plural} ${name}`, () => {
      this.bodies.push(object);
      const before = this.find(resource, object.metadata);
      if (resourceVersion !== undefined && resourceVersion !== before?.metadata.resourceVersion) throw refusal(409, 'Conflict');
      return this.#store(pathOf(resource, namespace, name), { ...before, ...object, metadata: { ...before?.metadata, ...object.metadata } });
    }) as Promise<T>;
  }

  list(): Promise<never> {
    return Promise.reject(new Error("lists are the reflectors' business"));
  }

  merge<T>(resource: ResourceType<T>, object: Writable): Promise<T> {
    return this.#answer(`merge ${resource.plural} ${object.metadata.name}`, () => {
      this.bodies.push(object);
      return this.#store(pathOf(resource, object.metadata.namespace, object.metadata.name), object);
    }) as Promise<T>;
  }

  async delete(resource: ResourceType<unknown>, target: ObjectKey & { uid: string }, propagation: string): Promise<void> {
    await this.#answer(`delete ${resource.plural} ${target.name} ${propagation}`, () => {
      this.#existing(resource, target);
      this.#objects.delete(pathOf(resource, target.namespace, target.name));
    });
  }

  #existing(resource: ResourceType<unknown>, key: ObjectKey): Stored {
    const found = this.find(resource, key);
    if (found === undefined) throw refusal(404, 'NotFound');
    return found;
  }

  #store(path: string, object: Writable): Stored {
    this.#version += 1;
    const stored = { ...object, metadata: { uid: `uid-${this.#version}`, ...object.metadata, resourceVersion: String(this.#version) } };
    this.#objects.set(path, stored);
    return stored;
  }

  async #answer<R>(call: string, result: () => R): Promise<R> {
    this.calls.push(call);
    const planned = this.#failures.findIndex((failure) => call.startsWith(failure.call));
    const [failure] = planned < 0 ? [] : this.#failures.splice(planned, 1);
    await Promise.resolve();
    if (failure !== undefined) throw failure.error;
    return result();
  }
}
