// Before anything is touched: what is in the new image, and whether the content can go there. Pure.
import { timeOf } from '@postgres-operator/api';
import { workAtHand } from '../../run/work.ts';
import { rolledOut } from '../rollout/servers.ts';
import { desiredImageLook } from './desired-image-look.ts';
import { goesWithout, howToGoWithout } from './going-without.ts';
import { imageLook, type ImageContent } from './image-look.ts';
import { goTo, stay, takeBack, tryAgain, type Seen, type Turn } from './turn.ts';
import { jobOf, stopWork, workOf } from './work.ts';

/** Step Checking. */
export function checking(seen: Seen): Turn {
  const { world, upgrade, now } = seen;
  if (upgrade.goesBack) return goingBack(seen);
  if (!world.reachable || !rolledOut(world, now)) return stay(seen, { message: 'Waiting until all servers are ready' });
  const image = lookAtImage(seen);
  if ('turn' in image) return image.turn;
  const { content } = image;
  if (content.major !== upgrade.to.major) return refuse(seen, { reason: 'ImageOfOtherMajor', message: `image ${upgrade.to.image} holds ${content.version}, not PostgreSQL ${upgrade.to.major}` });
  const check = workOf(seen, { work: 'check', extensions: content.extensions, ...(content.locales && { locales: content.locales }) }, 'upgradeCheck');
  if ('turn' in check) return check.turn;
  const { findings, notes, bytes, tables, neededBytes, estimateSeconds } = check.result;
  const found = { bytes, tables, neededBytes, estimatedSeconds: estimateSeconds, ...(notes.length > 0 && { notes }) };
  const [gravest] = findings;
  if (gravest !== undefined) return refuse(seen, { ...found, reason: gravest.reason, message: findings.map(({ message }) => message).join('; ') });
  return upgrade.dryRun ? goTo(seen, 'Checked', { ...found, finishedAt: timeOf(now) }, { effects: stopWork(world.upgrade) }) : whenAlone(seen, found);
}

/** What the new servers hold goes into a Backup first. That takes a primary; whatever becomes of the standbys, they are made anew. */
function goingBack(seen: Seen): Turn {
  const { world, now } = seen;
  if (world.reachable) return whenAlone(seen, {});
  return goesWithout(seen) ? goTo(seen, 'Switching', { fencedAt: timeOf(now) }) : stay(seen, howToGoWithout(seen));
}

/** Other runs end first: what keeps clients out keeps runners out. */
function whenAlone(seen: Seen, found: Parameters<typeof goTo>[2]): Turn {
  const { database, jobs, pods } = seen.world;
  const [first] = workAtHand(database, jobs, pods);
  return first === undefined ? goTo(seen, 'Fencing', { ...found, fencedAt: timeOf(seen.now) }) : stay(seen, { message: `Waiting for the end of ${first}` });
}

const refuse = (seen: Seen, why: Parameters<typeof goTo>[2]): Turn => goTo(seen, 'Refused', { ...why, finishedAt: timeOf(seen.now) }, { effects: stopWork(seen.world.upgrade) });

function lookAtImage(seen: Seen): { readonly content: ImageContent } | { readonly turn: Turn } {
  const job = jobOf(seen, 'image');
  if (job === undefined) return { turn: stay(seen, {}, { effects: [{ do: 'createJob', object: desiredImageLook(seen.world.database, seen.upgrade) }] }) };
  const look = imageLook(job, seen.now);
  switch (look.state) {
    case 'seen':
      return look;
    case 'running':
      return { turn: stay(seen, { message: look.message }) };
    case 'lost':
      return { turn: tryAgain(seen, look.message) };
    case 'refused':
      return { turn: takeBack(seen, { reason: 'ImageRefused', message: look.message }) };
  }
}
