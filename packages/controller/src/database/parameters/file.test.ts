import { describe, expect, test } from 'vitest';
import { aDatabase } from '../../../test/fixtures.ts';
import { parametersFile, parametersIn, parametersText } from './file.ts';

describe('parameters are written in the words of postgresql.conf', () => {
  test.each([
    { why: 'in one order', parameters: { work_mem: '64MB', autovacuum: 'off' }, text: "autovacuum = 'off'\nwork_mem = '64MB'\n" },
    { why: 'with quotes doubled', parameters: { search_path: `"it's", public` }, text: `search_path = '"it''s", public'\n` },
    { why: 'with backslashes doubled', parameters: { log_line_prefix: String.raw`%m\n'` }, text: String.raw`log_line_prefix = '%m\\n'''` + '\n' },
    { why: 'none', parameters: {}, text: '' },
  ])('$why', ({ parameters, text }) => {
    expect(parametersText(parameters)).toBe(text);
  });

  test('and are read from there as they were', () => {
    const parameters = { search_path: String.raw`'\'' = '\\`, 'auto_explain.log_min_duration': '', work_mem: "1MB'" };
    expect(parametersIn(parametersFile(aDatabase({ spec: { parameters, tls: { secretName: 'cert' } } })))).toEqual(parameters);
  });
});

describe('with a certificate', () => {
  test('TLS is on', () => {
    expect(parametersFile(aDatabase({ spec: { tls: { secretName: 'cert' } } }))).toContain("ssl = 'on'\nssl_cert_file = '/etc/postgres-operator/tls/tls.crt'\n");
  });

  test('without one, nothing is said of it', () => {
    expect(parametersFile(aDatabase())).not.toContain('ssl');
  });
});
