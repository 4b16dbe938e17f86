// The commands within the sentences of the runbooks. Pure.
import { commandsOf } from './commands.ts';

/** What the page names and what stands for it: NS, DB, NAME, BACKUP. */
export type Names = Readonly<Record<string, string>>;

/** The commands of the runbooks as a reader types them: its blocks, and what stands in sentences and begins with kubectl, unless it goes on there (a manifest on stdin, a name from a status). */
export function questionsOf(markdown: string, names: Names): string[] {
  const blocks = commandsOf(markdown).map(({ text }) => text);
  const sentences = [...markdown.matchAll(/`(kubectl [^`]+)`/g)].map(([, text = '']) => text.replaceAll(/\s+/g, ' '));
  const whole = sentences.filter((text) => text.includes(' get ') || text.includes(' logs ') || text.includes(' describe ') || text.includes(' annotate '));
  return [...blocks, ...whole.filter((text) => !text.includes('<'))].map((text) => Object.entries(names).reduce((filled, [name, value]) => filled.replaceAll(new RegExp(`\\b${name}\\b`, 'g'), value), text));
}
