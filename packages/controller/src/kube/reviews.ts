// Questions to the API server about others: whose a token is, and what they may do. Nothing is stored by them.
import type { Account, Reviews } from '../telemetry/admission.ts';
import type { Connection } from './connection.ts';
import { Transport } from './transport.ts';

interface TokenReview {
  readonly status?: { readonly authenticated?: boolean; readonly user?: Account };
}

interface SubjectAccessReview {
  readonly status?: { readonly allowed?: boolean };
}

/** Over connections and with a limit of its own: what others ask does not hold up the work. */
export function createReviews(connection: Connection, signal: AbortSignal): Reviews {
  const transport = new Transport(connection, () => undefined, () => true);
  const review = <T>(group: string, kind: string, spec: object): Promise<T> =>
    transport.call<T>({ method: 'POST', path: `/apis/${group}/v1/${kind.toLowerCase()}s`, body: { apiVersion: `${group}/v1`, kind, spec }, signal });
  return {
    async accountOf(token) {
      const { status } = await review<TokenReview>('authentication.k8s.io', 'TokenReview', { token });
      return status?.authenticated === true ? status.user : undefined;
    },
    async mayGet({ username, uid, groups, extra }, path) {
      const spec = { user: username, uid, groups, extra, nonResourceAttributes: { path, verb: 'get' } };
      const { status } = await review<SubjectAccessReview>('authorization.k8s.io', 'SubjectAccessReview', spec);
      return status?.allowed === true;
    },
  };
}
