// What consistency checks leave in the status of a Database.
import { Type } from 'typebox';
import { int64, stringEnum, time } from '../dialect.ts';
import { STANDBY_STATES } from './phases.ts';

/** What the last check saw of the standbys. It is no live view: that is the readiness of their pods. */
export const replication = Type.Array(
  Type.Object(
    {
      name: Type.String({ description: "The standby's pod." }),
      state: stringEnum(STANDBY_STATES, { description: 'Whether it streams from the primary.' }),
      systemIdentifierMatches: Type.Optional(Type.Boolean({ description: 'Whether it is a copy of this primary. Absent where it did not answer.' })),
      rowArrived: Type.Optional(Type.Boolean({ description: 'Whether a row that the primary took arrived in time.' })),
      lagBytes: Type.Optional(int64('Bytes of WAL that it had not replayed.')),
      lagSeconds: Type.Optional(Type.Number({ minimum: 0, description: 'Seconds from the commit of that row to its arrival; for one that did not arrive, how long it was waited for.' })),
      observedAt: time('When this was seen.'),
    },
    { description: 'A standby.' },
  ),
  { description: 'What the last consistency check saw of each standby.', maxItems: 16, 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['name'] },
);

/** Which servers were checked last, and what for. What was found is in condition Consistent. */
export const consistency = Type.Object(
  {
    checkedAt: time('When the last check ended.'),
    servers: Type.String({ description: 'Which starts of which servers it was about, as a digest: others are checked anew.' }),
    request: Type.Optional(Type.String({ description: 'Value of annotation database.example.com/check that it answers.' })),
    failedChecks: Type.Optional(Type.Integer({ minimum: 1, format: 'int32', description: 'How many checks in a row have failed. Absent: the last one passed.' })),
    leftoverDatabases: Type.Optional(
      Type.Integer({ minimum: 1, format: 'int32', description: 'How many databases Restores had loaded into and not dropped, those of Restores at work included. Absent: none. They are looked at again, and dropped when nobody works on them any more.' }),
    ),
    nextCheckTime: Type.Optional(time('When the next one is made, after one that failed or found such databases.')),
  },
  { description: 'The last consistency check.' },
);
