// The commands that a document tells its readers to type. Pure.

/** A command, as printed. */
export interface Command {
  /** The heading that it stands under, up to a colon: "Task 1.4". */
  readonly section: string;
  /** The comment above it, or above a command before it: what it is for. */
  readonly title: string;
  /** Byte for byte, of several lines where it goes on. */
  readonly text: string;
}

/** A fenced block of a document. */
export interface Block {
  /** The heading that it stands under, up to a colon. */
  readonly section: string;
  readonly language: string;
  readonly lines: readonly string[];
}

/** The fenced blocks of a Markdown document, in its order. */
export function blocksOf(markdown: string): Block[] {
  const blocks: Block[] = [];
  let section = '';
  let open: string[] | undefined;
  for (const line of markdown.split('\n')) {
    const language = /^```(\w+)$/.exec(line)?.[1];
    if (open !== undefined) {
      if (line === '```') open = undefined;
      else open.push(line);
    } else if (language !== undefined) {
      open = [];
      blocks.push({ section, language, lines: open });
    } else if (/^#+ /.test(line)) {
      section = line.replace(/^#+ /, '').replace(/:.*/, '');
    }
  }
  return blocks;
}

/** The shell blocks of a document. */
export const shellBlocks = (markdown: string): Block[] => blocksOf(markdown).filter(({ language }) => /^(ba)?sh$/.test(language));

/** The commands of a document, in its order. */
export const commandsOf = (markdown: string): Command[] => shellBlocks(markdown).flatMap(commandsOfBlock);

/** The commands of a document and, between them, what a reader does with its manifests: applies them, or with `--dry-run=server` asks whether they can be. */
export const stepsOf = (markdown: string, option = ''): Command[] =>
  blocksOf(markdown).flatMap((block) => {
    if (block.language !== 'yaml') return /^(ba)?sh$/.test(block.language) ? commandsOfBlock(block) : [];
    return [{ section: block.section, title: '', text: [`kubectl apply ${option} -f - <<'END'`, ...block.lines, 'END'].join('\n') }];
  });

const commandsOfBlock = ({ section, lines }: Block): Command[] => commandsIn(lines).map((command) => ({ section, ...command }));

function commandsIn(lines: readonly string[]): Omit<Command, 'section'>[] {
  const commands: Omit<Command, 'section'>[] = [];
  let title = '';
  for (let at = 0; at < lines.length; ) {
    const line = lines[at] ?? '';
    const end = at + lengthOf(lines.slice(at));
    if (line.startsWith('# ')) title = line.slice(2);
    else if (line.trim() !== '') commands.push({ title, text: lines.slice(at, end).join('\n') });
    at = end;
  }
  return commands;
}

/** How many lines the command has that starts at the first: a here-document ends with its word, a line that ends in a backslash goes on. */
function lengthOf([first = '', ...others]: readonly string[]): number {
  const word = /<<(\w+)/.exec(first)?.[1];
  if (word !== undefined) return others.indexOf(word) + 2;
  return first.endsWith('\\') && others.length > 0 ? 1 + lengthOf(others) : 1;
}
