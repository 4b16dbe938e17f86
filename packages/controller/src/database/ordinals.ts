// The names of a StatefulSet's pods and claims, and the ordinals in them.

/** The claim template of the servers. */
export const SERVER_CLAIM = 'data';

/** The claim of a server's pod: pod orders-0 has claim data-orders-0. */
export const claimOfPod = (pod: string): string => `${SERVER_CLAIM}-${pod}`;

/** The ordinal in the name of a StatefulSet's pod; -1 when it is not of that set. */
export const ordinalOfPod = (pod: string, statefulSet: string): number => ordinalAfter(`${statefulSet}-`, pod);

/** The ordinal in the name of a server's claim; -1 when it is not of that StatefulSet. */
export const ordinalOfClaim = (claim: string, statefulSet: string): number => ordinalAfter(`${claimOfPod(statefulSet)}-`, claim);

function ordinalAfter(prefix: string, name: string): number {
  const digits = name.startsWith(prefix) ? name.slice(prefix.length) : '';
  return /^[0-9]+$/.test(digits) ? Number(digits) : -1;
}
