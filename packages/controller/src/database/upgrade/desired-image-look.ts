// The Job that looks at the image of another major version: which extensions and locales it has, and whether PostgreSQL in it takes the
// parameters of the Database. It has no data and no Secret. Pure.
import { LABEL_RUN, LABEL_UPGRADE, type Database, type Upgrade } from '@postgres-operator/api';
import type { Writable } from '../../kube/client.ts';
import { plainServerJob } from '../parameters/desired-trial.ts';
import { upgradeId, upgradeJobName } from './identity.ts';

/** What it tells, a line each. Kubernetes cuts a message at 4096 bytes: where the locales do not fit, nothing is said of them. */
const SCRIPT = `set -e
printf %s "$PARAMETERS" > /tmp/postgresql.conf
postgres -D /tmp -c config_file=/tmp/postgresql.conf -C port > /dev/null
tell() { printf '%s\\n' "$*" >> /dev/termination-log; }
tell version "$(postgres --version)"
tell extensions $(find / -xdev -path '*/extension/*.control' 2> /dev/null | sed 's|.*/||; s|[.]control$||' | sort -u)
if locales=$(locale -a 2> /dev/null | tr '\\n' ' ') && ((\${#locales} < 1500)); then tell locales $locales; fi`;

/** The Job. */
export const desiredImageLook = (database: Database, upgrade: Upgrade): Writable =>
  plainServerJob(database, { name: upgradeJobName(database, upgrade, 'image'), image: upgrade.to.image, script: SCRIPT, labels: { [LABEL_RUN]: 'upgrade', [LABEL_UPGRADE]: upgradeId(database, upgrade) } });
