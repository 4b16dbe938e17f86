import { RUN_REQUEST_VARIABLE } from '@postgres-operator/api';

interface Container {
  readonly env?: readonly { readonly name: string }[];
}

/** The container of a pod that a runner works in; undefined where none does. Pure. */
export const runnerContainer = <C extends Container>(spec: { readonly containers: readonly C[] } | undefined): C | undefined =>
  spec?.containers.find(({ env }) => env?.some(({ name }) => name === RUN_REQUEST_VARIABLE));
