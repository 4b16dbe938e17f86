// The client of an object store, from the files of a Secret whose keys are those of AWS's own tools.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { STORAGE_CREDENTIALS } from '@postgres-operator/api';
import { S3Client, type S3ClientConfig } from '@aws-sdk/client-s3';
import { withoutNewline } from '../credentials.ts';
import { RunError, codeOf, messageOf } from '../errors.ts';

type FileName = (typeof STORAGE_CREDENTIALS.files)[number];

/** What the Secret says; a key that it lacks is absent. */
export type StoreSettings = Readonly<Partial<Record<FileName, string>>>;

/** Reads the files that are mounted. No folder at all is fine: the identity then comes from the surroundings. */
export async function readSettings(credentialsFolder: string): Promise<StoreSettings> {
  const settings: Partial<Record<FileName, string>> = {};
  for (const name of STORAGE_CREDENTIALS.files) {
    const text = await readIfThere(join(credentialsFolder, STORAGE_CREDENTIALS.folder, name));
    if (text !== undefined && text !== '') settings[name] = text;
  }
  return settings;
}

/** Makes a client. It never retries by itself: that is done where it is known which request may be repeated. */
export const makeClient = (settings: StoreSettings): S3Client => new S3Client(clientConfig(settings));

/** The settings of the client. */
export function clientConfig(settings: StoreSettings): S3ClientConfig {
  const { AWS_ENDPOINT_URL_S3: endpoint, AWS_REGION: region, AWS_CA_BUNDLE: ca } = settings;
  return {
    maxAttempts: 1,
    // Since 2025 the client adds checksums of its own to every request, which many compatible stores refuse. Ours are explicit.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    // With it the client takes a new connection for each part, and for those it forgets whose certificates to trust.
    expectContinueHeader: false,
    // A store of one's own has one name, not one for each bucket. Its region means nothing, but a signature needs one.
    ...(endpoint !== undefined && { endpoint, forcePathStyle: true, region: region ?? 'us-east-1' }),
    ...(region !== undefined && { region }),
    ...credentialsOf(settings),
    requestHandler: {
      connectionTimeout: 5000,
      // Without a byte for that long, the other side is gone.
      socketTimeout: 60_000,
      httpsAgent: { keepAlive: true, ...(ca !== undefined && { ca }) },
    },
  };
}

function credentialsOf({ AWS_ACCESS_KEY_ID: id, AWS_SECRET_ACCESS_KEY: secret, AWS_SESSION_TOKEN: token }: StoreSettings): Pick<S3ClientConfig, 'credentials'> {
  if (id === undefined && secret === undefined) return {};
  if (id === undefined || secret === undefined) throw new RunError('StorageDenied', 'the Secret of the storage has only one of AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY');
  return { credentials: { accessKeyId: id, secretAccessKey: secret, ...(token !== undefined && { sessionToken: token }) } };
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return withoutNewline(await readFile(path, 'utf8'));
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(codeOf(error) ?? '')) return undefined;
    throw new RunError('InvalidRequest', `the credentials of the storage cannot be read: ${messageOf(error)}`, { cause: error });
  }
}
