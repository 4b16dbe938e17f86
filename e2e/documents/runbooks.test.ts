import { expect, it } from 'vitest';
import { questionsOf } from './runbooks.ts';

it('The questions of a runbook are its commands with names in the place of NS, DB and NAME, but for those that go on elsewhere', () => {
  const page = 'Ask `kubectl -n NS get backups | grep DB`, or\n`kubectl -n NS logs job/<status.jobName>`; `kubectl -n NS create -f -` with it.\n\n```sh\nkubectl get pods   # all\n```\n';
  expect(questionsOf(page, { NS: 'here', DB: 'shop' })).toEqual(['kubectl get pods   # all', 'kubectl -n here get backups | grep shop']);
});
