// Which of the controllers on the embedded cluster works.
import { LEASE_NAME } from '../../packages/controller/src/rbac.ts';
import type { Kubectl } from './kubectl.ts';
import { OPERATOR_NAMESPACE } from './operator.ts';

/** Name of the pod that holds the Lease; empty when nobody does. */
export const leaderOf = (kubectl: Kubectl): Promise<string> => kubectl('get', 'lease', LEASE_NAME, '-n', OPERATOR_NAMESPACE, '-o', 'jsonpath={.spec.holderIdentity}');
