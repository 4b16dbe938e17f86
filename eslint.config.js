import tseslint from 'typescript-eslint';

const clientNode = { name: '@kubernetes/client-node', message: 'Only packages/controller/src/kube may import the Kubernetes client.' };

/** Forbids imports by pattern, with the reason a reader needs. */
const border = (files, patterns, paths = [clientNode]) => ({
  files,
  rules: { 'no-restricted-imports': ['error', { paths, patterns }] },
});

export default tseslint.config(
  { ignores: ['**/node_modules/**', '**/dist/**', '**/generated/**'] },
  ...tseslint.configs.recommended,
  {
    files: ['**/*.ts'],
    languageOptions: { parserOptions: { projectService: true } },
    rules: {
      complexity: ['error', 12],
      'max-depth': ['error', 3],
      'max-params': ['error', 4],
      'max-lines': ['error', 400],
      'no-console': 'off',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/explicit-module-boundary-types': 'error',
      '@typescript-eslint/no-non-null-assertion': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
      '@typescript-eslint/consistent-type-imports': 'error',
    },
  },
  border(['packages/**/*.ts', 'e2e/**/*.ts'], []),
  border(['packages/api/**/*.ts'], [{ group: ['**/controller/**', '**/backup-runner/**', '**/cli/**'], message: 'packages/api imports no other package.' }]),
  border(['packages/backup-runner/**/*.ts'], [{ group: ['**/controller/**', '**/cli/**'], message: 'The runner imports neither the controller nor the plugin.' }]),
  border(['packages/controller/**/*.ts'], [{ group: ['**/backup-runner/**', '**/cli/**'], message: 'The controller imports neither the runner nor the plugin.' }]),
  border(
    ['packages/cli/src/**/*.ts'],
    [{ regex: '(^|/)(backup-runner|controller)/(?!kube/)', message: 'Of the controller, the plugin knows the Kubernetes client (kube/) and nothing else.' }],
  ),
  border(
    ['packages/controller/src/runtime/**/*.ts'],
    [{ group: ['../kube/*', '../database/*', '../backup/*', '../restore/*', '@postgres-operator/*'], message: 'runtime/ knows Kubernetes objects and nothing of databases.' }],
  ),
  border(
    ['packages/controller/src/**/decide.ts', 'packages/controller/src/**/desired-*.ts'],
    [{ group: ['**/kube/*', 'node:*'], message: 'Decisions and builders are pure.', allowTypeImports: true }],
  ),
  // The bench measures client-node's own informer as a reference.
  { files: ['packages/controller/src/kube/**/*.ts', 'e2e/bench/bare-informer.ts'], rules: { 'no-restricted-imports': 'off' } },
);
