// Which failures of kubectl are no answer to what was asked: nothing was begun, and a person would try again.

/** The API server or the node did not take the connection, the pod is just being replaced, or the server in it takes none yet. */
const NEVER_BEGAN: readonly RegExp[] = [
  /^Unable to connect to the server/m,
  /^The connection to the server .* was refused/m,
  /error dialing backend/,
  /unable to upgrade connection: container not found/,
  /cannot exec in a stopped/,
  /pod .* does not have a host assigned/,
  /connection to server on socket .* failed: (No such file or directory|Connection refused)/,
  /FATAL: +the database system is (starting up|shutting down|not yet accepting connections)/,
];

/** True for what kubectl, or psql in a container, says when nothing was done. A connection that broke in the middle is none of these. */
export const neverBegan = (words: string): boolean => NEVER_BEGAN.some((pattern) => pattern.test(words));
