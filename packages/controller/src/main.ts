// The controller: reads its configuration, connects, serves health and metrics, and works until it is told to stop.
import { readConfig } from './config.ts';
import { connect } from './kube/connection.ts';
import { createOperator } from './operator.ts';
import { systemClock } from './runtime/clock.ts';
import { createLogger, errorText } from './telemetry/logger.ts';
import { serve } from './telemetry/http.ts';

async function main(): Promise<void> {
  const config = readConfig(process.env);
  const log = createLogger(config.logLevel);
  const stop = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => stop.abort());

  const connection = connect();
  const operator = createOperator({ config, connection, clock: systemClock, log });
  const { registry } = operator.metrics;
  const servers = await Promise.all([
    serve(config.metricsPort, { '/metrics': async () => ({ status: 200, type: registry.contentType, body: await registry.metrics() }) }),
    serve(config.healthPort, {
      '/healthz': () => Promise.resolve({ status: 200, body: 'ok\n' }),
      '/readyz': () => Promise.resolve(operator.ready() ? { status: 200, body: 'ok\n' } : { status: 503, body: 'caches are not synced yet\n' }),
    }),
  ]);

  await operator.run(stop.signal);
  for (const server of servers) server.close();
  connection.close();
}

main().catch((error: unknown) => {
  createLogger('error').error('Controller stopped', { error: errorText(error) });
  // At once, whatever is still under way: another process may be at work already.
  process.exit(1);
});
