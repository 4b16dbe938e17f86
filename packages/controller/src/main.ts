// The controller: reads its configuration, connects, serves health and metrics, and works until it is told to stop.
// With the argument self-test it is what `helm test` runs instead.
import { randomBytes } from 'node:crypto';
import { readConfig } from './config.ts';
import { KubeClient } from './kube/client.ts';
import { connect } from './kube/connection.ts';
import { createReviews } from './kube/reviews.ts';
import { createOperator } from './operator.ts';
import { systemClock } from './runtime/clock.ts';
import { selfTest } from './self-test/run.ts';
import { readSelfTestSettings } from './self-test/settings.ts';
import { admission } from './telemetry/admission.ts';
import { createLogger, errorText } from './telemetry/logger.ts';
import { serve } from './telemetry/http.ts';

async function control(stop: AbortController): Promise<void> {
  const config = readConfig(process.env);
  const log = createLogger(config.logLevel);
  const connection = connect();
  const operator = createOperator({ config, connection, clock: systemClock, log });
  const { registry } = operator.metrics;
  const certificateFolder = config.metricsCertificateFolder;
  const protection = certificateFolder === '' ? undefined : { certificateFolder, refusal: admission(createReviews(connection, stop.signal)) };
  const servers = await Promise.all([
    serve(config.metricsPort, { '/metrics': async () => ({ status: 200, type: registry.contentType, body: await registry.metrics() }) }, protection),
    serve(config.healthPort, {
      '/healthz': () => Promise.resolve({ status: 200, body: 'ok\n' }),
      '/readyz': () => Promise.resolve(operator.ready() ? { status: 200, body: 'ok\n' } : { status: 503, body: 'caches are not synced yet\n' }),
    }),
  ]);

  await operator.run(stop.signal);
  for (const server of servers) server.close();
  connection.close();
}

async function test(stop: AbortController): Promise<void> {
  const settings = readSelfTestSettings(process.env);
  const connection = connect();
  const name = `operator-test-${randomBytes(3).toString('hex')}`;
  await selfTest({ kube: new KubeClient(connection), clock: systemClock, log: createLogger('info'), settings, name }, stop.signal);
  connection.close();
}

function main(): Promise<void> {
  const stop = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => stop.abort());
  const [, , command] = process.argv;
  if (command === 'self-test') return test(stop);
  if (command === undefined) return control(stop);
  return Promise.reject(new Error(`there is no command ${command}: leave it out, or say self-test`));
}

main().catch((error: unknown) => {
  createLogger('error').error('Stopped', { error: errorText(error) });
  // At once, whatever is still under way: another process may be at work already.
  process.exit(1);
});
