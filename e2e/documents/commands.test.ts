import { describe, expect, it } from 'vitest';
import { commandsOf, stepsOf } from './commands.ts';

const DOCUMENT = `# A document

Words, and \`kubectl get pods\` among them.

## Step 1: Something

\`\`\`yaml
kind: Pod
\`\`\`

\`\`\`bash
# Make two
kubectl apply -f - <<EOF
kind: Pod

# not a title
EOF
echo   "two  blanks"

# Go on
create api \\
  --kind Restore

# Nothing to type here:
\`\`\`

### Step 2

\`\`\`sh
kubectl get pods
\`\`\`
`;

describe('The commands of a document', () => {
  it('are those of its shell blocks, as printed, with the heading and the comment above them', () => {
    expect(commandsOf(DOCUMENT)).toEqual([
      { section: 'Step 1', title: 'Make two', text: 'kubectl apply -f - <<EOF\nkind: Pod\n\n# not a title\nEOF' },
      { section: 'Step 1', title: 'Make two', text: 'echo   "two  blanks"' },
      { section: 'Step 1', title: 'Go on', text: 'create api \\\n  --kind Restore' },
      { section: 'Step 2', title: '', text: 'kubectl get pods' },
    ]);
  });

  it('stand between its manifests, which are applied', () => {
    expect(stepsOf(DOCUMENT, '--dry-run=server').map(({ text }) => text.split('\n')[0])).toEqual(["kubectl apply --dry-run=server -f - <<'END'", 'kubectl apply -f - <<EOF', 'echo   "two  blanks"', 'create api \\', 'kubectl get pods']);
    expect(stepsOf(DOCUMENT)[0]?.text).toBe("kubectl apply  -f - <<'END'\nkind: Pod\nEND");
  });
});
