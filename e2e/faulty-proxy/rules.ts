// What can go wrong between a client and an object store, and when. Pure.

/** What goes wrong. */
export type Fault =
  /** The store is not asked; this error is the answer. */
  | { readonly answer: number; readonly code: string }
  /** The store is asked later. */
  | { readonly delayMs: number }
  /** Breaks the connection while the request is still being sent. */
  | 'reset'
  /** The store does it, and the answer gets lost. */
  | 'lose the answer'
  /** One bit of the request changes, or of the answer where the request has no body: at this share of its length. */
  | { readonly flipAt: number }
  /** The same in the middle. */
  | 'flip a bit'
  /** The store says that it has got something else. */
  | 'wrong ETag'
  /** The answer breaks off in the middle. */
  | 'cut the answer'
  /** The store is not asked, and the connection stays. */
  | 'never answer'
  /** Breaks this connection and all others, and refuses new ones until other rules come. */
  | 'drop dead';

/** Requests by the names that S3 gives them, with the object where it matters. */
export type Operation =
  | 'CreateMultipartUpload'
  | 'UploadPart'
  | 'CompleteMultipartUpload'
  | 'AbortMultipartUpload'
  | 'PutObject'
  | 'PutManifest'
  | 'GetObject'
  | 'GetManifest'
  | 'HeadObject'
  | 'DeleteObject'
  | 'Other';

/** When it goes wrong: after `skip` requests of that kind, `times` times; without `times` from then on. */
export interface Rule {
  readonly on: Operation;
  readonly fault: Fault;
  readonly skip?: number;
  readonly times?: number;
}

/** The fault for a request before which `count` others of its kind came. */
export function faultFor(rules: readonly Rule[], operation: Operation, count: number): Fault | undefined {
  return rules.find(({ on, skip = 0, times = Infinity }) => on === operation && count >= skip && count < skip + times)?.fault;
}

const OF_AN_UPLOAD: Readonly<Record<string, Operation>> = { PUT: 'UploadPart', POST: 'CompleteMultipartUpload', DELETE: 'AbortMultipartUpload' };
const OF_AN_OBJECT: Readonly<Record<string, Operation>> = { PUT: 'PutObject', GET: 'GetObject', HEAD: 'HeadObject', DELETE: 'DeleteObject' };
const OF_A_MANIFEST: Readonly<Record<string, Operation>> = { ...OF_AN_OBJECT, PUT: 'PutManifest', GET: 'GetManifest' };

/** The name of a request whose path starts with the bucket. */
export function operationOf({ method = '', url = '' }: { readonly method?: string | undefined; readonly url?: string | undefined }): Operation {
  const { pathname, searchParams } = new URL(url, 'http://store');
  if (method === 'POST' && searchParams.has('uploads')) return 'CreateMultipartUpload';
  if (searchParams.has('uploadId')) return OF_AN_UPLOAD[method] ?? 'Other';
  if (!/^\/[^/]+\/./.test(pathname)) return 'Other';
  return (pathname.endsWith('/manifest.json') ? OF_A_MANIFEST : OF_AN_OBJECT)[method] ?? 'Other';
}
