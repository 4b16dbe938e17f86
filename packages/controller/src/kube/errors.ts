// What the API server answered when it refused, as data.

interface StatusBody {
  readonly reason?: string;
  readonly message?: string;
  readonly details?: { readonly retryAfterSeconds?: number; readonly causes?: readonly { readonly reason?: string }[] };
}

/** A request that the API server refused, or that never reached it (code 0). */
export class KubeError extends Error {
  override readonly name = 'KubeError';
  /** HTTP status, 0 when there was no answer. */
  readonly code: number;
  /** metav1.Status reason, such as AlreadyExists. */
  readonly reason: string;
  readonly retryAfterMs: number | undefined;
  /** The reasons of the causes that the Status names, such as NamespaceTerminating. */
  readonly causes: readonly string[];

  constructor(fields: { code: number; reason: string; message: string; retryAfterMs?: number | undefined; causes?: readonly string[]; cause?: unknown }) {
    super(fields.message, { cause: fields.cause });
    this.code = fields.code;
    this.reason = fields.reason;
    this.retryAfterMs = fields.retryAfterMs;
    this.causes = fields.causes ?? [];
  }
}

/** Reads the body of a refused request; whatever it is, an error comes out. */
export function kubeError(what: string, code: number, body: string, retryAfter?: string): KubeError {
  const status = parseStatus(body);
  const seconds = status.details?.retryAfterSeconds ?? (retryAfter === undefined ? undefined : Number(retryAfter));
  return new KubeError({
    code,
    reason: status.reason ?? `Http${code}`,
    message: `${what}: ${status.message ?? `HTTP ${code}`}`,
    retryAfterMs: seconds !== undefined && Number.isFinite(seconds) ? seconds * 1000 : undefined,
    causes: (status.details?.causes ?? []).flatMap(({ reason }) => reason ?? []),
  });
}

function parseStatus(body: string): StatusBody {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === 'object' && value !== null ? value : {};
  } catch {
    return {};
  }
}

const hasCode =
  (code: number, reason?: string) =>
  (error: unknown): boolean =>
    error instanceof KubeError && error.code === code && (reason === undefined || error.reason === reason);

export const isNotFound = hasCode(404);
export const isAlreadyExists = hasCode(409, 'AlreadyExists');
export const isConflict = hasCode(409, 'Conflict');
export const isInvalid = hasCode(422);
export const isForbidden = hasCode(403);
export const isGone = hasCode(410);
/** True for the refusal to create anything in a namespace that is being deleted. */
export const isNamespaceTerminating = (error: unknown): boolean => error instanceof KubeError && isForbidden(error) && error.causes.includes('NamespaceTerminating');
/** True when the server understood the call and will not do it; asking again at once is of no use. */
export const isRefused = (error: unknown): error is KubeError => error instanceof KubeError && error.code >= 400 && error.code < 500 && error.code !== 429;
