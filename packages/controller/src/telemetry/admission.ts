// Who may read a path, by the word of the API server: whose token it is (TokenReview), and what that account may do (SubjectAccessReview).
import type { Protection } from './http.ts';

/** Who somebody is, as the API server has it. */
export interface Account {
  readonly username?: string;
  readonly uid?: string;
  readonly groups?: readonly string[];
  readonly extra?: Readonly<Record<string, readonly string[]>>;
}

/** What the API server is asked. */
export interface Reviews {
  /** Whose a token is; undefined for one that is nobody's. */
  accountOf(token: string): Promise<Account | undefined>;
  /** Whether an account may get a path that is no resource. */
  mayGet(account: Account, path: string): Promise<boolean>;
}

/** So many are asked about at a time: whoever sends tokens that are none must not keep the API server busy. */
const MOST_AT_A_TIME = 4;

/** Lets in who shows a token of an account that may get the path. Without the API server's word nobody is let in. */
export function admission(reviews: Reviews): Protection['refusal'] {
  let asking = 0;
  return async (path, authorization) => {
    const [, token] = /^Bearer +([^ ]+)$/i.exec(authorization ?? '') ?? [];
    if (token === undefined) return UNAUTHORIZED;
    if (asking >= MOST_AT_A_TIME) return { status: 429, body: 'too many at a time\n' };
    asking += 1;
    try {
      const account = await reviews.accountOf(token);
      if (account === undefined) return UNAUTHORIZED;
      return (await reviews.mayGet(account, path)) ? undefined : { status: 403, body: `${account.username ?? ''} may not get ${path}\n` };
    } catch {
      return { status: 503, body: 'the API server does not say who may read this\n' };
    } finally {
      asking -= 1;
    }
  };
}

const UNAUTHORIZED = { status: 401, body: 'a token of an account that may read this is missing\n' };
